//! The API for tokens: everything the platform knows, as far as the token's role and district reach.

mod audit;
mod businesses;
mod cars_inside;
mod cases;
mod charging;
mod checklist;
mod counts;
mod days;
mod exports;
pub(super) mod files;
mod findings;
mod gates;
mod guard;
mod holds;
mod jobs;
mod lots;
mod maintenance;
mod masked;
mod me;
mod off_peak;
mod oidc;
mod oidc_hint;
mod orders;
mod overview;
mod photos;
mod providers;
mod rates;
mod registrations;
mod relief;
mod reports;
mod reservations;
mod reveals;
mod rules;
mod search;
mod session;
mod sessions;
mod statistics;
mod stats;
mod stream;
mod system;
mod taps;
mod tokens;
mod users;
mod visible;
mod webhooks;

pub(super) use guard::guarded;
pub(super) use lots::{LotFields, ReliefFields, words};
pub(super) use oidc::routes as oidc_routes;
pub(super) use sessions::SessionState;
pub(super) use stream::PhotoEvent;

use crate::accounts::Permission;
use crate::app::App;
use crate::http::rate_limit;
use axum::middleware::from_fn_with_state;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Paths under `/api/v1`, each handler with the permission that it needs. Without an `app` there is the document alone.
pub(super) fn routes(app: Option<&App>) -> OpenApiRouter<App> {
    let handlers = [
        (Permission::LotsRead, routes!(lots::list)),
        (Permission::LotsRead, routes!(lots::one)),
        (Permission::LotsChange, routes!(lots::change)),
        (Permission::ProvidersChange, routes!(lots::create)),
        (Permission::LotsRead, routes!(lots::table)),
        (Permission::LotsRead, routes!(lots::history)),
        (Permission::LotsChange, routes!(lots::add_picture)),
        (Permission::LotsChange, routes!(lots::remove_picture)),
        (Permission::LotsRead, routes!(files::one)),
        (Permission::LotsRead, routes!(checklist::list)),
        (Permission::ProvidersRead, routes!(providers::list)),
        (Permission::ProvidersRead, routes!(providers::one)),
        (Permission::ProvidersRead, routes!(providers::history)),
        (Permission::ProvidersRead, routes!(providers::handovers)),
        (Permission::ProvidersChange, routes!(providers::create)),
        (Permission::ProvidersChange, routes!(providers::change)),
        (Permission::ProvidersChange, routes!(providers::issue)),
        (Permission::ProvidersChange, routes!(providers::revoke)),
        (Permission::KeysCollect, routes!(providers::collect)),
        (Permission::RegistrationsRead, routes!(registrations::list)),
        (Permission::RegistrationsRead, routes!(registrations::one)),
        (Permission::RegistrationsDecide, routes!(registrations::act)),
        (Permission::BusinessesRead, routes!(businesses::list)),
        (Permission::BusinessesRead, routes!(businesses::districts)),
        (Permission::BusinessesChange, routes!(businesses::preview)),
        (Permission::BusinessesChange, routes!(businesses::import)),
        (Permission::BusinessesChange, routes!(businesses::change)),
        (Permission::SessionsRead, routes!(sessions::list)),
        (Permission::LotsRead, routes!(gates::list)),
        (Permission::CarsInsideRead, routes!(cars_inside::one)),
        (Permission::LotsRead, routes!(counts::series)),
        (Permission::LotsRead, routes!(days::one)),
        (Permission::SessionsRead, routes!(days::records)),
        (Permission::SessionsRead, routes!(days::declaration)),
        (Permission::DaysDeclare, routes!(days::declare)),
        (Permission::PhotosRead, routes!(photos::one)),
        (Permission::FindingsRead, routes!(findings::list)),
        (Permission::MessagesRead, routes!(reports::list)),
        (Permission::ChargingRead, routes!(charging::list)),
        (Permission::ChargingRead, routes!(relief::one)),
        (Permission::OffPeakRead, routes!(off_peak::packages)),
        (Permission::OffPeakRead, routes!(off_peak::orders)),
        (Permission::OffPeakReport, routes!(off_peak::put_package)),
        (Permission::OffPeakReport, routes!(off_peak::put_order)),
        (Permission::OffPeakRead, routes!(off_peak::day)),
        (Permission::StatsRead, routes!(stats::totals)),
        (Permission::StatsRead, routes!(overview::show)),
        (Permission::LotsRead, routes!(search::find)),
        (Permission::SystemRead, routes!(system::show)),
        (Permission::SystemRead, routes!(webhooks::list)),
        (Permission::PassagesWatch, routes!(stream::live)),
        (Permission::JobsRead, routes!(jobs::list)),
        (Permission::OwnAccount, routes!(session::end)),
        (Permission::OwnAccount, routes!(me::show)),
        (Permission::OwnAccount, routes!(me::confirm)),
        (Permission::OwnAccount, routes!(me::password)),
        (Permission::OwnAccount, routes!(me::totp)),
        (Permission::OwnAccount, routes!(me::sessions)),
        (Permission::OwnAccount, routes!(me::end_session)),
        (Permission::UsersRead, routes!(users::list)),
        (Permission::UsersChange, routes!(users::create)),
        (Permission::UsersChange, routes!(users::change)),
        (Permission::TokensChange, routes!(tokens::list)),
        (Permission::TokensChange, routes!(tokens::create)),
        (Permission::TokensChange, routes!(tokens::remove)),
        (Permission::PlatesReveal, routes!(reveals::create)),
        (Permission::PlatesReveal, routes!(reveals::photo)),
        (Permission::ExportsMake, routes!(exports::create)),
        (Permission::ExportsMake, routes!(exports::list)),
        (Permission::ExportsApprove, routes!(exports::decide)),
        (Permission::ExportsMake, routes!(exports::file)),
        (Permission::HoldsRead, routes!(holds::list)),
        (Permission::HoldsManage, routes!(holds::create)),
        (Permission::HoldsManage, routes!(holds::lift)),
        (Permission::HoldsRead, routes!(holds::retention)),
        (Permission::CasesRead, routes!(cases::list)),
        (Permission::CasesRead, routes!(cases::summary)),
        (Permission::CasesRead, routes!(cases::one)),
        (Permission::CasesRead, routes!(cases::findings)),
        (Permission::CasesHandle, routes!(cases::act)),
        (Permission::CasesHandle, routes!(cases::act_on_many)),
        (Permission::CasesHandle, routes!(cases::undo)),
        (Permission::CasesRead, routes!(orders::list)),
        (Permission::CasesRead, routes!(orders::one)),
        (Permission::CasesRead, routes!(orders::document)),
        (Permission::CasesRead, routes!(orders::package)),
        (Permission::CasesRead, routes!(orders::act)),
        (Permission::OrdersAnswer, routes!(orders::add_file)),
        (Permission::RatesRead, routes!(statistics::show)),
        (Permission::RatesRead, routes!(statistics::kept)),
        (Permission::RatesRead, routes!(statistics::kept_one)),
        (Permission::RatesRead, routes!(statistics::notices)),
        (Permission::RatesRead, routes!(statistics::document)),
        (Permission::OrdersHandle, routes!(statistics::create)),
        (Permission::RatesRead, routes!(rates::list)),
        (Permission::RatesRead, routes!(rates::records)),
        (Permission::RatesRead, routes!(taps::list)),
        (Permission::CasesRead, routes!(rules::show)),
        (Permission::CasesRead, routes!(rules::versions)),
        (Permission::RulesApply, routes!(rules::apply)),
        (Permission::RulesApply, routes!(rules::replay)),
        (Permission::RatesRead, routes!(maintenance::list)),
        (Permission::MaintenanceAnnounce, routes!(maintenance::announce)),
        (Permission::ReservationsRead, routes!(reservations::list)),
        (Permission::ReservationsRead, routes!(reservations::queues)),
        (Permission::ReservationsRead, routes!(reservations::lots)),
        (Permission::ReservationsHandle, routes!(reservations::set_terms)),
        (Permission::ReservationsHandle, routes!(reservations::plates)),
        (Permission::ReservationsRead, routes!(reservations::policy)),
        (Permission::ReservationsRead, routes!(reservations::versions)),
        (Permission::RulesApply, routes!(reservations::apply)),
        (Permission::ReservationsRead, routes!(reservations::one)),
        (Permission::ReservationsHandle, routes!(reservations::act)),
        (Permission::AuditRead, routes!(audit::list)),
        (Permission::AuditRead, routes!(audit::verify)),
    ];
    // Whoever signs in is nobody yet.
    let mut open = OpenApiRouter::new().routes(routes!(session::begin)).routes(routes!(oidc::code));
    if let Some(app) = app {
        open = open.layer(from_fn_with_state(App::clone(app), rate_limit::sign_ins));
    }
    handlers
        .into_iter()
        .fold(open, |router, (permission, handler)| router.routes(guarded(app, permission, handler)))
}

/// A page of a list: `next` is the cursor of the next page, null on the last.
#[derive(Serialize, ToSchema)]
pub(super) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// The cursor of the next page.
    next: Option<String>,
}

/// Items in a page unless asked otherwise.
const LIMIT_DEFAULT: usize = 100;
/// Items in a page at most.
const LIMIT_MAX: usize = 1_000;

fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}
