//! The gateway against everything that can go wrong around it: processes killed, answers lost, platforms that talk
//! nonsense, a full disk, a clock that leaps. What it has acknowledged reaches every platform once.

mod city;
mod gate;
mod proxy;
mod sent;
use crate::support;

mod bad_reports;
mod clocks;
mod cuts;
mod full_disk;
mod garbage_input;
mod kills;
mod logins;
mod reconciliation;
mod reload;
