//! YunKuaiChong, from the outside: what charging operators send, what the platform makes of it and answers, and what
//! operators make of the answer. Which messages get which answer is in `tests/wire/cases/yunkuaichong`.
mod answers;
mod credentials;
mod explained;
mod fuzz;
mod known_answers;
mod round_trip;
mod said;
mod scene;
