//! Places of Huzhou that people know, each to within some hundred metres, in GCJ-02. What stands here of spaces and
//! chargers is made up; only the places are real.

use super::{PlaceKind, Site};
use bowei_model::LotKind;

/// A place written down.
pub(super) struct Place {
    name: &'static str,
    kind: LotKind,
    place: PlaceKind,
    district: &'static str,
    address: &'static str,
    longitude: f64,
    latitude: f64,
    spaces: u32,
    charging: u32,
}

impl Place {
    pub(super) fn site(&self) -> Site {
        Site {
            name: self.name.to_owned(),
            kind: self.kind,
            place: self.place,
            district: self.district,
            address: self.address.to_owned(),
            longitude: self.longitude,
            latitude: self.latitude,
            spaces: self.spaces,
            charging: self.charging,
        }
    }
}

/// name, place, district, address, (longitude, latitude), (spaces, charging).
const fn lot(
    name: &'static str,
    place: PlaceKind,
    district: &'static str,
    address: &'static str,
    (longitude, latitude): (f64, f64),
    (spaces, charging): (u32, u32),
) -> Place {
    Place { name, kind: LotKind::OffStreet, place, district, address, longitude, latitude, spaces, charging }
}

const fn section(
    name: &'static str,
    place: PlaceKind,
    district: &'static str,
    address: &'static str,
    (longitude, latitude): (f64, f64),
    spaces: u32,
) -> Place {
    Place {
        name,
        kind: LotKind::OnStreet,
        place,
        district,
        address,
        longitude,
        latitude,
        spaces,
        charging: 0,
    }
}

use PlaceKind::{Hospital, Mall, Market, Office, OldTown, Residential, Scenic, School, Station};

/// 吴兴区.
const WUXING: &str = "330502";
/// 南浔区.
const NANXUN: &str = "330503";
/// 德清县.
const DEQING: &str = "330521";
/// 长兴县.
const CHANGXING: &str = "330522";
/// 安吉县.
const ANJI: &str = "330523";

/// 停车场. The order mixes districts and kinds, so that a smaller city is still a city.
#[rustfmt::skip]
pub(super) static OFF_STREET: [Place; 30] = [
    lot("湖州市中心医院停车场", Hospital, WUXING, "三环北路1558号", (120.1062, 30.9127), (1_260, 60)),
    lot("湖州站东广场停车场", Station, WUXING, "湖州站站前广场东侧", (120.0246, 30.8664), (820, 48)),
    lot("浙北大厦购物中心地下停车库", Mall, WUXING, "红旗路与南街交叉口", (120.0987, 30.8661), (640, 32)),
    lot("湖州市民服务中心停车场", Office, WUXING, "仁皇山路金盖山路口", (120.0868, 30.8937), (420, 24)),
    lot("南浔古镇景区停车场", Scenic, NANXUN, "适园西路", (120.4272, 30.8771), (900, 40)),
    lot("德清站停车场", Station, DEQING, "舞阳街道云岫南路", (120.0281, 30.5442), (560, 36)),
    lot("长兴县人民医院停车场", Hospital, CHANGXING, "太湖中路66号", (119.9128, 31.0093), (520, 20)),
    lot("安吉县人民医院停车场", Hospital, ANJI, "天荒坪南路699号", (119.6883, 30.6241), (480, 20)),
    lot("爱山广场地下停车库", Mall, WUXING, "爱山街道同岑路", (120.0969, 30.8689), (780, 40)),
    lot("湖州市第一人民医院停车场", Hospital, WUXING, "广场后路158号", (120.1012, 30.8654), (360, 12)),
    lot("月亮广场停车场", Scenic, WUXING, "太湖度假区太湖路", (120.1127, 30.9466), (700, 40)),
    lot("仁皇山庄小区共享停车场", Residential, WUXING, "仁皇山街道白鱼潭路", (120.0795, 30.8869), (310, 16)),
    lot("南浔区人民医院停车场", Hospital, NANXUN, "南浔镇年丰路", (120.4151, 30.8683), (320, 12)),
    lot("莫干山风景区游客中心停车场", Scenic, DEQING, "莫干山镇庾村", (119.8926, 30.5938), (650, 30)),
    lot("长兴站停车场", Station, CHANGXING, "龙山街道站前路", (119.9363, 30.9897), (430, 24)),
    lot("安吉站停车场", Station, ANJI, "昌硕街道站前大道", (119.6488, 30.6734), (380, 20)),
    lot("东吴国际广场停车库", Mall, WUXING, "劳动路与车站路交叉口", (120.1064, 30.8697), (560, 28)),
    lot("湖州师范学院东校区停车场", School, WUXING, "二环东路759号", (120.1308, 30.8755), (460, 16)),
    lot("德清县人民医院停车场", Hospital, DEQING, "武康街道英溪南路120号", (119.9694, 30.5361), (340, 14)),
    lot("太湖龙之梦乐园停车场", Scenic, CHANGXING, "图影大道", (120.0046, 30.9912), (2_400, 120)),
    lot("余村景区停车场", Scenic, ANJI, "天荒坪镇余村", (119.5963, 30.5261), (420, 20)),
    lot("织里童装城停车场", Market, WUXING, "织里镇富民路", (120.2592, 30.8627), (540, 20)),
    lot("莲花庄公园停车场", OldTown, WUXING, "莲花庄路", (120.1073, 30.8727), (180, 8)),
    lot("湖州奥体中心停车场", Scenic, WUXING, "仁皇山路", (120.1116, 30.8969), (1_500, 80)),
    lot("南浔万达广场停车库", Mall, NANXUN, "南浔镇向阳路", (120.4046, 30.8661), (880, 44)),
    lot("德清地理信息小镇停车场", Office, DEQING, "舞阳街道塔山街", (120.0117, 30.5624), (720, 40)),
    lot("长兴八佰伴停车库", Mall, CHANGXING, "金陵中路", (119.9066, 31.0191), (600, 28)),
    lot("安吉凤凰国际广场停车库", Mall, ANJI, "递铺街道胜利西路", (119.6804, 30.6394), (450, 24)),
    lot("练市镇农贸市场停车场", Market, NANXUN, "练市镇练溪大道", (120.4359, 30.7068), (160, 6)),
    lot("新市古镇停车场", OldTown, DEQING, "新市镇仙潭路", (120.2893, 30.6158), (260, 10)),
];

/// 路段.
#[rustfmt::skip]
pub(super) static ON_STREET: [Place; 18] = [
    section("红旗路（南街至人民路）", OldTown, WUXING, "红旗路", (120.0962, 30.8658), 46),
    section("衣裳街（馆驿河头至红旗路）", OldTown, WUXING, "衣裳街历史文化街区", (120.1014, 30.8706), 32),
    section("人民路（广场后路至苕溪路）", Mall, WUXING, "人民路", (120.0941, 30.8682), 58),
    section("广场后路（市一医院段）", Hospital, WUXING, "广场后路", (120.1003, 30.8647), 38),
    section("人瑞路（南浔古镇东段）", Scenic, NANXUN, "人瑞路", (120.4301, 30.8796), 52),
    section("武源街（永安街至中兴路）", OldTown, DEQING, "武康街道武源街", (119.9689, 30.5437), 48),
    section("解放路（明珠路至金陵路）", OldTown, CHANGXING, "雉城街道解放中路", (119.9095, 31.0163), 54),
    section("胜利路（昌硕广场段）", Mall, ANJI, "递铺街道胜利路", (119.6823, 30.6376), 50),
    section("小西街（劳动路至环城西路）", OldTown, WUXING, "小西街", (120.0918, 30.8646), 28),
    section("学士路（湖州中学段）", School, WUXING, "学士路", (120.0752, 30.9011), 36),
    section("龙王山路（行政中心段）", Office, WUXING, "龙王山路", (120.0897, 30.8952), 62),
    section("莲花庄路（苏台山段）", Residential, WUXING, "莲花庄路", (120.1094, 30.8741), 44),
    section("南林路（嘉业路至年丰路）", Residential, NANXUN, "南浔镇南林路", (120.4198, 30.8729), 40),
    section("千秋街（曲园路至云岫路）", Office, DEQING, "武康街道千秋街", (119.9763, 30.5412), 56),
    section("县前街（人民路至台基路）", Market, CHANGXING, "雉城街道县前街", (119.9031, 31.0133), 34),
    section("天目路（云鸿路至浦源路）", Office, ANJI, "递铺街道天目中路", (119.6783, 30.6351), 42),
    section("吴兴大道（织里镇政府段）", Market, WUXING, "织里镇吴兴大道", (120.2631, 30.8604), 48),
    section("虹星桥路（画溪段）", Residential, CHANGXING, "画溪街道虹星桥路", (119.8934, 31.0061), 30),
];
