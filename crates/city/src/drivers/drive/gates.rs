//! Cars at the gates.

use super::{Drive, DriveError, Event, LotNow, MINUTE, Platform};
use crate::drivers::cars::CarInside;
use crate::drivers::lock;
use crate::drivers::plan::Conduct;
use bowei_model::Direction;
use jiff::SignedDuration;

/// Other cars come to a lot so often, and stay so long.
const OTHERS_EVERY: SignedDuration = SignedDuration::from_mins(12);
const OTHERS_STAY: SignedDuration = SignedDuration::from_mins(25);

impl Drive {
    fn record_id(&mut self, lot: usize) -> String {
        self.numbers += 1;
        format!("R{:08}{lot:03}{:06}", self.start.as_second() / 86_400, self.numbers)
    }

    /// A car comes in, or goes out.
    pub(super) async fn pass<P: Platform>(
        &mut self,
        (lot, direction): (usize, Direction),
        car: &CarInside,
        platform: &mut P,
    ) -> Result<(), DriveError> {
        let now = platform.now();
        let Some(LotNow { of, system, heard_at, .. }) = self.lots.get_mut(lot) else { return Ok(()) };
        heard_at.push(now);
        let inside = {
            let mut system = lock(system);
            system.has_news = true;
            system.inside = match direction {
                Direction::Entry => system.inside + 1,
                Direction::Exit => system.inside.saturating_sub(1),
            };
            system.inside
        };
        let message = match direction {
            Direction::Entry => car.entry(of, inside),
            Direction::Exit => car.exit(of, inside, now),
        };
        platform.take_in(message).await.map_err(DriveError::Platform)
    }

    pub(super) async fn other_comes<P: Platform>(
        &mut self,
        lot: usize,
        platform: &mut P,
    ) -> Result<(), DriveError> {
        let now = platform.now();
        let (plate, plate_kind) = self.others.0.arrive(false, &mut self.others.1);
        let record_id = self.record_id(lot);
        let number = self.numbers;
        let car = CarInside { record_id, plate, plate_kind, entered_at: now, code: None, number };
        self.pass((lot, Direction::Entry), &car, platform).await?;
        self.plan_event(now + OTHERS_STAY, Event::OtherLeaves(lot, car));
        self.plan_event(now + OTHERS_EVERY, Event::Other(lot));
        Ok(())
    }

    pub(super) async fn arrive<P: Platform>(
        &mut self,
        number: usize,
        platform: &mut P,
    ) -> Result<(), DriveError> {
        let now = platform.now();
        let Some(page) = self.see(number, now).await? else { return Ok(()) };
        let Some(one) = self.drivers.get(number) else { return Ok(()) };
        let Some(order) = &one.order else { return Ok(()) };
        let (driver, was_confirmed) = (one.driver.clone(), order.confirmed_at.is_some());
        let is_in_window = (page.from..=page.until).contains(&now);
        let comes = match driver.conduct {
            Conduct::ComesLate => was_confirmed && order.cancelled_at.is_none() && now > page.until,
            Conduct::ComesEarly => page.state == "confirmed" && now < page.from,
            _ => page.state == "confirmed" && is_in_window && !page.changing,
        };
        if !comes {
            // The time was changed, or is being: he comes at that time.
            let is_expected = page.state == "confirmed" && driver.conduct == Conduct::Changes;
            let later = (page.enter_at + driver.offset).max(now + MINUTE);
            if is_expected && later < page.until {
                self.plan_event(later, Event::Arrive(number));
            }
            return Ok(());
        }
        let is_own = driver.conduct != Conduct::OtherCar;
        let code = order.code.clone();
        let is_called = self.lots.get(driver.lot).is_some_and(|lot| lot.of.is_called);
        let car = CarInside {
            record_id: self.record_id(driver.lot),
            plate: if is_own { driver.plate.clone() } else { driver.other_car.clone() },
            plate_kind: driver.plate_kind,
            entered_at: now,
            // The lot's own system knows whose it is; of another car its driver shows the code.
            code: (is_called && is_in_window).then(|| code.clone()),
            number: self.numbers,
        };
        let comes_under_it = is_own && is_in_window;
        if comes_under_it && let Some(lot) = self.lots.get(driver.lot) {
            lock(&lot.system).let_go(&code);
        }
        self.pass((driver.lot, Direction::Entry), &car, platform).await?;
        let leaves = match driver.conduct {
            Conduct::ComesEarly => page.until + MINUTE * 20,
            _ => now + driver.stays,
        };
        self.plan_event(leaves, Event::Leave(number));
        if let Some(one) = self.drivers.get_mut(number)
            && let Some(order) = one.order.as_mut()
        {
            order.came_early = driver.conduct == Conduct::ComesEarly;
            if comes_under_it {
                order.entered = Some((now, car.record_id.clone()));
            }
            one.car = Some(car);
        }
        Ok(())
    }

    pub(super) async fn leave<P: Platform>(
        &mut self,
        number: usize,
        platform: &mut P,
    ) -> Result<(), DriveError> {
        let Some(one) = self.drivers.get_mut(number) else { return Ok(()) };
        let Some(car) = one.car.take() else { return Ok(()) };
        if let Some(order) = one.order.as_mut().filter(|order| order.entered.is_some()) {
            order.left_at = Some(platform.now());
        }
        let lot = one.driver.lot;
        self.pass((lot, Direction::Exit), &car, platform).await
    }
}
