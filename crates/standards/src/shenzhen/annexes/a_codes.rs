//! 附录 A 通用/业务错误编码.

/// A code of an answer: A.1 up to 6, A.2 from 1000 on. Those below 5000 are reserved by the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(in crate::shenzhen) enum Code {
    Success = 0,
    Business = 1,
    Form = 2,
    Other = 3,
    Parameter = 4,
    Token = 5,
    Sign = 6,
    Name = 1000,
    LotId = 1001,
    SpaceId = 1002,
    TooLong = 1004,
    WrongType = 1005,
    OutsideRange = 1007,
    NoSuchObject = 1100,
    NoSuchLot = 1101,
    NoSuchSpace = 1102,
    NoSuchVehicle = 1103,
    NoSuchBooking = 1104,
    NoSuchPage = 1107,
    ObjectExists = 1200,
    BookingExists = 1201,
    ObjectExpired = 1300,
    BookingExpired = 1301,
    ObjectDeleted = 1400,
    BookingCancelled = 1401,
    NothingFree = 1500,
    NoSpaceFree = 1501,
    WrongUserOrPassword = 3001,
    WrongAccessToken = 3002,
    VehicleNotInside = 4001,
    WrongBookingTime = 5004,
    Blacklisted = 5005,
}

/// The text's two tables.
const TABLE: [(Code, &str); 32] = [
    (Code::Success, "成功"),
    (Code::Business, "业务异常"),
    (Code::Form, "接口通用格式错误"),
    (Code::Other, "其他错误"),
    (Code::Parameter, "参数错误"),
    (Code::Token, "Token校验失败"),
    (Code::Sign, "sign参数校验失败"),
    (Code::Name, "编码/命名错误"),
    (Code::LotId, "停车场（库）编码错误"),
    (Code::SpaceId, "车位编码错误"),
    (Code::TooLong, "超出规定长度"),
    (Code::WrongType, "字段类型错误"),
    (Code::OutsideRange, "超出规定值范围"),
    (Code::NoSuchObject, "对象不存在"),
    (Code::NoSuchLot, "车场不存在"),
    (Code::NoSuchSpace, "车位不存在"),
    (Code::NoSuchVehicle, "车辆不存在"),
    (Code::NoSuchBooking, "预约订单不存在"),
    (Code::NoSuchPage, "指定页码不存在"),
    (Code::ObjectExists, "对象已存在"),
    (Code::BookingExists, "预约编码已存在"),
    (Code::ObjectExpired, "对象已失效"),
    (Code::BookingExpired, "预约已过期"),
    (Code::ObjectDeleted, "对象已删除"),
    (Code::BookingCancelled, "预约已取消"),
    (Code::NothingFree, "没有空余对象"),
    (Code::NoSpaceFree, "没有可预约车位"),
    (Code::WrongUserOrPassword, "用户名或密码错误"),
    (Code::WrongAccessToken, "访问令牌错误"),
    (Code::VehicleNotInside, "车辆不在场内"),
    (Code::WrongBookingTime, "预约时间有误"),
    (Code::Blacklisted, "黑名单"),
];

impl Code {
    /// The number on the wire.
    pub(in crate::shenzhen) const fn number(self) -> u16 {
        self as u16
    }

    /// The text's words for it.
    pub(in crate::shenzhen) fn words(self) -> &'static str {
        TABLE.iter().find(|(code, _)| *code == self).map_or("", |(_, words)| words)
    }

    /// The code of that number, where the text has one.
    pub(in crate::shenzhen) fn of(number: i64) -> Option<Self> {
        TABLE.iter().map(|(code, _)| *code).find(|code| i64::from(code.number()) == number)
    }
}
