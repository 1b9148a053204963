//! A registry out of chance, and what follows from it by the words of docs/registry.md and nothing else.

use super::standards;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const DISTRICTS: [&str; 3] = ["330502", "330521", "440305"];

/// SplitMix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    pub(crate) fn below(&mut self, many: usize) -> usize {
        usize::try_from(self.next() % many as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn of<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}

/// A lot as the test knows it, without asking the code that is tested.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) code: String,
    pub(crate) provider: String,
    pub(crate) district: String,
    pub(crate) ids: BTreeMap<&'static str, String>,
    pub(crate) parties: Vec<String>,
    pub(crate) off_peak_parties: Vec<String>,
}

/// Who may say what, in the words of docs/registry.md and nothing else.
pub(crate) fn may(lots: &[Known], provider: &str, standard: &str, id: &str, kind: &str) -> bool {
    let called: Vec<_> =
        lots.iter().filter(|lot| lot.ids.get(standard).is_some_and(|own| own == id)).collect();
    let own = called.iter().any(|lot| lot.provider == provider);
    let in_list = |list: &[String]| list.iter().any(|party| party == provider);
    match kind {
        "heartbeat" if standard == "shenzhen" || standard == "huzhou" => true,
        "charging-record" => own || called.iter().any(|lot| lot.parties.is_empty() || in_list(&lot.parties)),
        "off-peak-package" | "off-peak-order" => {
            own || called.iter().any(|lot| in_list(&lot.off_peak_parties))
        }
        // A lot that nobody has comes into being; where vendors number their lots, so does one that another has.
        "lot" => own || called.is_empty() || standard == "shenzhen",
        "named-photo" => own || standard == "shenzhen",
        _ => own,
    }
}

pub(crate) fn sees(role: &str, district: Option<&str>, lot: &Known) -> bool {
    district.is_none_or(|district| lot.district.starts_with(district))
        && role.strip_prefix("provider:").is_none_or(|own| lot.provider == own)
}

pub(crate) fn registry(chance: &mut Chance) -> (String, Vec<String>, Vec<Known>) {
    let providers: Vec<_> = (0..2 + chance.below(3)).map(|number| format!("p{number}")).collect();
    let mut file = String::new();
    for (number, code) in providers.iter().enumerate() {
        writeln!(file, "[[provider]]\ncode = \"{code}\"\nname = \"{code}\"").unwrap();
        for standard in standards() {
            // Most speak several, a lot's provider the trade's too.
            if chance.one_in(4) {
                continue;
            }
            let account = match standard {
                "huzhou" => format!("app_id = \"hz-p{number}\""),
                "shenzhen" => format!("user_id = \"sz-p{number}\"\npassword = \"{number}\""),
                "ningbo" => format!("portname = \"nb-p{number}\"\nportpwd = \"{number}\""),
                "isp" => format!("client_id = \"isp-p{number}\"\nclient_secret = \"{number}\""),
                _ => format!("port_name = \"ykc-p{number}\"\nkey = \"k{number}\""),
            };
            writeln!(file, "[provider.{standard}]\n{account}").unwrap();
        }
    }
    let mut lots: Vec<Known> = Vec::new();
    for number in 0..3 + chance.below(5) {
        let provider = chance.of(&providers).clone();
        let mut ids = BTreeMap::new();
        for standard in standards() {
            if chance.one_in(4) {
                continue;
            }
            // Vendors number their own: a few numbers for all of them.
            let id = match standard {
                "shenzhen" => format!("P{:031}", chance.below(3)),
                "ningbo" => format!("33021207{number:04}"),
                _ => format!("{standard}{number}"),
            };
            let taken = |lot: &Known| {
                lot.ids.get(standard) == Some(&id) && (standard != "shenzhen" || lot.provider == provider)
            };
            if !lots.iter().any(taken) {
                ids.insert(standard, id);
            }
        }
        let mut some = |least: usize| -> Vec<String> {
            providers.iter().filter(|_| chance.below(3) < least).cloned().collect()
        };
        let (parties, off_peak_parties) = (some(1), some(1));
        let district = (*chance.of(&DISTRICTS)).to_owned();
        let code = format!("L{number}");
        let written: Vec<_> = ids.iter().map(|(standard, id)| format!("{standard} = \"{id}\"")).collect();
        writeln!(
            file,
            "[[lot]]\ncode = \"{code}\"\nprovider = \"{provider}\"\nname = \"{code}\"\nkind = \"off-street\"\n\
             district = \"{district}\"\nlongitude = 120.1\nlatitude = 30.8\nspaces_total = 90\nids = {{ {} }}\n\
             parties = {parties:?}\noff_peak_parties = {off_peak_parties:?}",
            written.join(", ")
        )
        .unwrap();
        lots.push(Known { code, provider, district, ids, parties, off_peak_parties });
    }
    (file, providers, lots)
}
