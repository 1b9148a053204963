//! Which lots, in which order: picked from the registry in memory, on a thread of its own, for there may be a hundred
//! thousand.

use super::item::{LotState, occupancy, state_of, vacant};
use crate::accounts::Principal;
use crate::app::App;
use crate::http::api::visible::over_lots;
use crate::http::enums;
use crate::http::problem::Problem;
use crate::registry::Snapshot;
use crate::vacancy::{LotView, Status, Vacancy};
use bowei_model::{Lot, LotKind, ProviderCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Lots in a page unless asked otherwise: programs have always had them all at once.
const LIMIT_DEFAULT: usize = 10_000;
/// Lots in a page at most.
const LIMIT_MAX: usize = 10_000;

/// The longest text that is searched for.
const WORDS_MAX: usize = 100;

/// Which lots.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(in crate::http::api) struct LotsQuery {
    /// Those in service (the default), those that wait, those on trial or several, split at a comma.
    #[param(value_type = Option<Vec<LotState>>, style = Form, explode = false)]
    state: Option<String>,
    /// With these words in its code, name, address or an id.
    q: Option<String>,
    /// Whose district begins so.
    district: Option<String>,
    /// Of this provider.
    provider: Option<String>,
    /// Whose software is made by this vendor.
    vendor: Option<String>,
    /// Off the street, or along it.
    #[param(value_type = Option<enums::LotKind>)]
    kind: Option<String>,
    /// With an id in this standard.
    standard: Option<String>,
    /// Whether it is heard from; several, split at a comma.
    #[param(value_type = Option<Vec<enums::LotStatus>>, style = Form, explode = false)]
    status: Option<String>,
    /// By what they are ordered: the code unless said otherwise.
    #[param(value_type = Option<LotOrder>, inline)]
    sort: Option<String>,
    /// Which way: upwards unless said otherwise.
    #[param(value_type = Option<Order>, inline)]
    order: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
    /// The language of a table's heads: Chinese unless said otherwise.
    #[param(value_type = Option<Lang>, inline)]
    pub(super) lang: Option<String>,
    /// A table's format: CSV unless said otherwise.
    #[param(value_type = Option<TableFormat>, inline)]
    pub(super) format: Option<String>,
}

impl LotsQuery {
    /// Lots with these words, in whichever state.
    pub(super) fn of_words(words: &str, limit: usize) -> Self {
        let state = Some("live,waiting,trial".to_owned());
        Self { q: Some(words.to_owned()), state, limit: Some(limit), ..Self::default() }
    }

    /// Asks for one page of that many, from the beginning.
    pub(super) fn all_at_once(&mut self, limit: usize) {
        (self.limit, self.cursor) = (Some(limit), None);
    }
}

/// Which way lots are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Order {
    Asc,
    Desc,
}

/// The language of a table's heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Lang {
    Zh,
    En,
}

/// A table's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TableFormat {
    Csv,
    Xlsx,
}

/// By what lots are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LotOrder {
    Code,
    Name,
    District,
    Provider,
    SpacesTotal,
    Vacant,
    Occupancy,
    LastHeardAt,
}

/// The one word of a set that was asked for.
pub(super) fn one<T: DeserializeOwned + Copy>(name: &str, word: Option<&str>) -> Result<Option<T>, Problem> {
    enums::several(name, word).map(|words| words.first().copied())
}

/// Where a lot stands in an order: lots of which it is not known come last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Place<'l> {
    Number(i64),
    Words(Cow<'l, str>),
    Unknown,
}

impl Place<'_> {
    fn owned(self) -> Place<'static> {
        match self {
            Self::Number(number) => Place::Number(number),
            Self::Words(words) => Place::Words(words.into_owned().into()),
            Self::Unknown => Place::Unknown,
        }
    }
}

/// A page of lots.
pub(super) struct Lots {
    pub(super) lots: Vec<(Arc<Lot>, LotView)>,
    pub(super) next: Option<String>,
    pub(super) total: usize,
}

/// What is asked for, once read.
struct Wanted {
    query: LotsQuery,
    states: Vec<LotState>,
    statuses: Vec<Status>,
    kind: Option<LotKind>,
    /// In lower case.
    words: Option<String>,
    /// Whether they have letters that have an upper case: only then is what they are searched in lowercased.
    is_cased: bool,
    order: LotOrder,
    descending: bool,
    limit: usize,
}

impl Wanted {
    fn read(query: LotsQuery, limit_max: usize) -> Result<Self, Problem> {
        let words = query.q.as_deref().map(str::trim).filter(|words| !words.is_empty());
        if words.is_some_and(|words| words.chars().count() > WORDS_MAX) {
            return Err(Problem::invalid(
                "q",
                format!("搜索内容最多 {WORDS_MAX} 字 q has more than {WORDS_MAX} characters"),
            ));
        }
        let words = words.map(str::to_lowercase);
        Ok(Self {
            is_cased: words.iter().any(|words| words.chars().any(char::is_lowercase)),
            states: enums::several("state", Some(query.state.as_deref().unwrap_or("live")))?,
            statuses: enums::several("status", query.status.as_deref())?,
            kind: one("kind", query.kind.as_deref())?,
            words,
            order: one("sort", query.sort.as_deref())?.unwrap_or(LotOrder::Code),
            descending: one("order", query.order.as_deref())? == Some(Order::Desc),
            limit: query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, limit_max),
            query,
        })
    }

    fn is_of(&self, lot: &Lot) -> bool {
        let Self { query, .. } = self;
        let words = self.words.as_deref().unwrap_or_default();
        let named =
            |text: &str| text.contains(words) || (self.is_cased && text.to_lowercase().contains(words));
        self.states.contains(&state_of(lot))
            && self.kind.is_none_or(|kind| kind == lot.kind)
            && query.district.as_ref().is_none_or(|district| lot.district.starts_with(district))
            && query.provider.as_ref().is_none_or(|provider| lot.provider.as_str() == provider)
            && query.vendor.as_ref().is_none_or(|vendor| lot.vendor.as_ref() == Some(vendor))
            && query.standard.as_ref().is_none_or(|standard| lot.ids.contains_key(standard))
            && (self.words.is_none()
                || named(lot.code.as_str())
                || named(&lot.name)
                || named(&lot.address)
                || lot.ids.values().any(|id| named(id)))
    }

    fn place<'l>(&self, lot: &'l Lot, known: &Vacancy) -> Place<'l> {
        match self.order {
            LotOrder::Code => Place::Words(lot.code.as_str().into()),
            LotOrder::Name => Place::Words(lot.name.as_str().into()),
            LotOrder::District => Place::Words(lot.district.as_str().into()),
            LotOrder::Provider => Place::Words(lot.provider.as_str().into()),
            LotOrder::SpacesTotal => Place::Number(lot.spaces_total.into()),
            LotOrder::Vacant => Place::Number(known.read(lot, |state| vacant(lot, state))),
            // In thousandths, as it is shown.
            #[expect(clippy::cast_possible_truncation, reason = "it is between 0 and 1000")]
            LotOrder::Occupancy => known
                .read(lot, |state| occupancy(lot, state))
                .map_or(Place::Unknown, |part| Place::Number((part * 1_000.0).round() as i64)),
            LotOrder::LastHeardAt => {
                known.last_heard_at(lot).map_or(Place::Unknown, |at| Place::Number(at.as_millisecond()))
            }
        }
    }

    /// `T`: what stands for the lot's code among those of the same place.
    fn compare<T: Ord>(&self, one: (&Place<'_>, T), other: (&Place<'_>, T)) -> Ordering {
        let unknown = |place: &Place<'_>| *place == Place::Unknown;
        let places = if self.descending { other.0.cmp(one.0) } else { one.0.cmp(other.0) };
        unknown(one.0).cmp(&unknown(other.0)).then(places).then_with(|| one.1.cmp(&other.1))
    }

    /// The cursor's list: a place in one order is none in another.
    fn list(&self) -> String {
        format!("lots by {:?}, {}", self.order, self.descending)
    }
}

/// The lots that whoever asks sees and wants, a page of them.
pub(super) async fn select(app: &App, principal: &Principal, query: LotsQuery) -> Result<Lots, Problem> {
    select_within(app, principal, query, LIMIT_MAX).await
}

/// The same with so many in a page at most.
pub(super) async fn select_within(
    app: &App,
    principal: &Principal,
    query: LotsQuery,
    limit_max: usize,
) -> Result<Lots, Problem> {
    let wanted = Wanted::read(query, limit_max)?;
    let cursor = app.cursors.open(&wanted.list(), wanted.query.cursor.clone())?;
    let unknown = |_| Problem::invalid("cursor", "the cursor is none of this list");
    let after: Option<(Place<'static>, String)> =
        cursor.as_deref().map(serde_json::from_str).transpose().map_err(unknown)?;
    let picked = over_lots(app, principal, move |app, principal| {
        let snapshot = app.registry.snapshot();
        let (lots, next, total) = pick(app, &snapshot, principal, &wanted, after);
        let next = next.and_then(|place| serde_json::to_string(&place).ok());
        Ok(Lots { lots, next: app.cursors.seal(&wanted.list(), next)?, total })
    });
    picked.await?
}

type Picked = (Vec<(Arc<Lot>, LotView)>, Option<(Place<'static>, String)>, usize);

fn pick(
    app: &App,
    snapshot: &Snapshot,
    principal: &Principal,
    wanted: &Wanted,
    after: Option<(Place<'_>, String)>,
) -> Picked {
    let now = app.clock.now();
    let is_in_status =
        |lot: &Lot| wanted.statuses.is_empty() || wanted.statuses.contains(&app.vacancy.status(lot, now));
    let asked = wanted.query.provider.as_deref().map(ProviderCode::from);
    let seen = principal.seen(snapshot, asked.as_ref());
    // The registry has them in the codes' order already: lots of the same place are told apart by where they stand in it.
    let mut lots: Vec<(Place<'_>, usize, &Arc<Lot>)> = seen
        .filter(|lot| wanted.is_of(lot) && is_in_status(lot))
        .enumerate()
        .map(|(number, lot)| (wanted.place(lot, &app.vacancy), number, lot))
        .collect();
    let total = lots.len();
    if let Some((place, code)) = &after {
        lots.retain(|(of, _, lot)| wanted.compare((of, lot.code.as_str()), (place, code)).is_gt());
    }
    let compare = |one: &(Place<'_>, usize, _), other: &(Place<'_>, usize, _)| {
        wanted.compare((&one.0, one.1), (&other.0, other.1))
    };
    let more = lots.len() > wanted.limit;
    // In another order, those of the page alone are sorted.
    let sorted = wanted.order == LotOrder::Code && !wanted.descending;
    if more && !sorted {
        lots.select_nth_unstable_by(wanted.limit, compare);
    }
    lots.truncate(wanted.limit);
    if !sorted {
        lots.sort_unstable_by(compare);
    }
    let next =
        lots.last().filter(|_| more).map(|(place, _, lot)| (place.clone().owned(), lot.code.to_string()));
    (lots.into_iter().map(|(.., lot)| (Arc::clone(lot), app.vacancy.of(lot, now))).collect(), next, total)
}
