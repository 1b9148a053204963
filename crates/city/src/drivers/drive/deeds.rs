//! What drivers do over the public API.

use super::{Drive, DriveError, Event, MINUTE, Page};
use crate::drivers::api::ApiError;
use crate::drivers::lock;
use crate::drivers::plan::{Conduct, Manner};
use crate::drivers::truth::{EARLY, KEPT, TrueOrder};
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Where a driver's own order is.
pub(super) const CURRENT: &str = "/open/v1/reservations/current";

impl Drive {
    pub(super) async fn ask(&mut self, number: usize, now: Timestamp) -> Result<(), DriveError> {
        let Some(one) = self.drivers.get_mut(number) else { return Ok(()) };
        let Some(lot) = self.lots.get(one.driver.lot) else { return Ok(()) };
        let driver = one.driver.clone();
        lock(&lot.system).will_meet(driver.plate.clone(), driver.manner);
        let asked = json!({
            "lot": lot.of.lot.code, "plate": driver.plate, "space": "ordinary",
            "enter_at": driver.enter_at.to_string(), "wait": driver.waits,
        });
        let path = "/open/v1/reservations";
        let received = self.api.done((Method::POST, path), None, Some(&asked)).await?;
        let text = |name: &str| received.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        one.token = text("token");
        one.before = Some(text("state"));
        one.order = Some(TrueOrder {
            code: text("code"),
            lot: lot.of.lot.code.clone(),
            is_lot_heard: Some(lot.of.is_heard),
            plate: driver.plate.clone(),
            conduct: driver.conduct,
            manner: driver.manner,
            asked_at: now,
            enter_at: driver.enter_at,
            confirmed_at: None,
            cancelled_at: None,
            called_off_at: None,
            is_refused: false,
            entered: None,
            left_at: None,
            came_early: false,
            is_suspended: driver.is_suspended,
            is_sustained: false,
        });
        let window = (driver.enter_at - EARLY, driver.enter_at + KEPT);
        let soon = now + MINUTE * 3;
        match driver.conduct {
            Conduct::Comes | Conduct::OtherCar => {
                self.plan_event(driver.enter_at + driver.offset, Event::Arrive(number));
            }
            Conduct::Changes => {
                self.plan_event(now + MINUTE * 4, Event::Change(number));
                self.plan_event(driver.enter_at + driver.offset, Event::Arrive(number));
            }
            Conduct::ComesEarly => self.plan_event(window.0 - MINUTE * 12, Event::Arrive(number)),
            Conduct::ComesLate => self.plan_event(window.1 + MINUTE * 10, Event::Arrive(number)),
            Conduct::StaysAway | Conduct::Unreported => {}
            Conduct::Cancels if driver.manner == Manner::TooLate => {
                self.plan_event(soon, Event::CallOff(number));
            }
            Conduct::Cancels => {
                self.plan_event(soon.max(driver.enter_at - MINUTE * 45), Event::CallOff(number));
            }
            Conduct::CancelsLate => self.plan_event(driver.enter_at - MINUTE * 10, Event::CallOff(number)),
        }
        Ok(())
    }

    /// A driver looks at his page.
    pub(super) async fn see(&mut self, number: usize, now: Timestamp) -> Result<Option<Page>, DriveError> {
        let Some(one) = self.drivers.get_mut(number) else { return Ok(None) };
        let Some(order) = one.order.as_mut() else { return Ok(None) };
        let received = self.api.done((Method::GET, CURRENT), Some(&one.token), None).await?;
        let page: Page = serde_json::from_value(received.clone()).map_err(|_| ApiError::Unexpected {
            path: CURRENT.to_owned(),
            status: StatusCode::OK,
            received,
        })?;
        if page.state == "confirmed" {
            order.confirmed_at = order.confirmed_at.or(Some(now));
        }
        if one.wanted.is_some_and(|wanted| wanted == page.enter_at && !page.changing) {
            order.enter_at = page.enter_at;
        }
        one.page = Some(page.clone());
        Ok(Some(page))
    }

    pub(super) async fn call_off(&mut self, number: usize, now: Timestamp) -> Result<(), DriveError> {
        let page = self.see(number, now).await?;
        if !page.is_some_and(|page| page.can_cancel) {
            return Ok(());
        }
        let Some(one) = self.drivers.get_mut(number) else { return Ok(()) };
        let (status, received) = self.api.ask((Method::DELETE, CURRENT), Some(&one.token), None).await?;
        match status {
            // It came to an end between the two.
            StatusCode::CONFLICT => {}
            status if status.is_success() => {
                if let Some(order) = one.order.as_mut() {
                    order.cancelled_at = Some(now);
                }
            }
            status => {
                return Err(ApiError::Unexpected { path: CURRENT.to_owned(), status, received }.into());
            }
        }
        self.see(number, now).await.map(drop)
    }

    /// Changes the time, first from a page that is out of date.
    pub(super) async fn change(&mut self, number: usize, now: Timestamp) -> Result<(), DriveError> {
        let Some(page) = self.see(number, now).await?.filter(|page| page.can_change) else { return Ok(()) };
        let Some(one) = self.drivers.get_mut(number) else { return Ok(()) };
        let later = page.enter_at + MINUTE * 10;
        let wanted = if later > now + MINUTE * 119 { page.enter_at - MINUTE * 10 } else { later };
        let asked = |version: u64| json!({ "enter_at": wanted.to_string(), "version": version });
        let stale = asked(page.version.wrapping_sub(1) & 0xffff);
        let (status, _) = self.api.ask((Method::PATCH, CURRENT), Some(&one.token), Some(&stale)).await?;
        if status != StatusCode::CONFLICT
            && let Some(order) = &one.order
        {
            let words = format!("{}: {status}", order.code);
            self.witness.note("stale-page-changes", now, &order.lot, words);
        }
        let (status, received) =
            self.api.ask((Method::PATCH, CURRENT), Some(&one.token), Some(&asked(page.version))).await?;
        match status {
            StatusCode::CONFLICT => Ok(()),
            status if status.is_success() => {
                one.wanted = Some(wanted);
                self.see(number, now).await.map(drop)
            }
            status => Err(ApiError::Unexpected { path: CURRENT.to_owned(), status, received }.into()),
        }
    }
}
