//! The gateway put together, in one process: a simulated disk, paused time, and platforms that are the real standards'
//! own platform side.

mod answers;
mod api;
mod camera_paths;
mod cameras;
mod completing;
mod day;
mod dead_letters;
mod directives;
mod downlink;
mod harness;
mod photos;
mod pictures;
mod platform;
mod queue;
mod schedules;
mod settings;
mod strangers;
mod time;
mod uplinks;
mod webhook;
