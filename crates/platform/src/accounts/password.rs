//! Passwords of people: what one has to be, and their slow hash on a thread of its own.

use crate::config::AccountsConfig;
use bowei_encoding::password::{Hashed, PASSWORD_MAX_BYTES, hash, verify_of_nobody};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use std::sync::Arc;
use tokio::sync::{Semaphore, oneshot};

/// Hashes that may wait. Each is some twenty milliseconds' work: a second's worth, past which whoever signs in is told to
/// come again.
const WAITING_MAX: usize = 64;

/// The thread that hashes passwords.
pub(crate) struct Passwords {
    thread: ThreadPool,
    waiting: Arc<Semaphore>,
}

/// More passwords wait than may.
#[derive(Debug, thiserror::Error)]
#[error("登录的人过多，请稍后重试 too many people sign in at once: try again in a moment")]
pub(crate) struct Busy;

/// Why a password may not be chosen.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfit {
    /// It has too few characters, or too many.
    #[error(
        "密码须有 {min} 至 {max} 个字符 a password has {min} characters at least, and {max} bytes at most"
    )]
    Length {
        /// Characters.
        min: usize,
        /// Bytes.
        max: usize,
    },
    /// Too few kinds of characters.
    #[error(
        "密码须含大写字母、小写字母、数字、其他字符四类中的 {0} 类 \
         a password has {0} of the four: capital letters, small letters, digits, others"
    )]
    Classes(usize),
    /// The person's name is in it.
    #[error("密码不得包含账号 a password must not contain the login")]
    HasLogin,
    /// It was chosen before.
    #[error("不得使用最近 {0} 次用过的密码 none of the last {0} passwords may be chosen again")]
    Reused(usize),
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, ThreadPoolBuildError> {
        let thread = ThreadPoolBuilder::new()
            .num_threads(1)
            .thread_name(|_| "passwords".to_owned())
            .panic_handler(|panic| bowei_watch::report("passwords", &*panic))
            .build()?;
        Ok(Self { thread, waiting: Arc::new(Semaphore::new(WAITING_MAX)) })
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Busy)?;
        let (answer, answered) = oneshot::channel();
        self.thread.spawn(move || {
            // Nobody may wait any more.
            let _ = answer.send(work());
            drop(place);
        });
        answered.await.map_err(|_| Busy)
    }

    /// Whether it is the password of that digest; without one the same work for nothing, so that the time of the answer
    /// does not tell which accounts there are.
    pub(crate) async fn verify(&self, password: String, digest: Option<String>) -> Result<bool, Busy> {
        self.run(move || match digest.as_deref().and_then(Hashed::read) {
            Some(hashed) => hashed.verify(&password),
            None => {
                verify_of_nobody(&password);
                false
            }
        })
        .await
    }

    /// The digest of a password; `None` where the machine has no memory or no randomness left for it.
    pub(crate) async fn digest(&self, password: String) -> Result<Option<String>, Busy> {
        self.run(move || hash(&password)).await
    }

    /// The digest of a password that a person chooses, where it may be; `former` are the digests of those chosen before.
    pub(crate) async fn choose(
        &self,
        password: String,
        login: &str,
        former: Vec<String>,
        rules: &AccountsConfig,
    ) -> Result<Result<String, Unfit>, Busy> {
        if let Err(unfit) = fits(&password, login, rules) {
            return Ok(Err(unfit));
        }
        let last = rules.passwords_remembered;
        self.run(move || {
            let reused = former.iter().take(last).filter_map(|digest| Hashed::read(digest));
            if reused.into_iter().any(|former| former.verify(&password)) {
                return Err(Unfit::Reused(last));
            }
            Ok(hash(&password).unwrap_or_default())
        })
        .await
    }
}

/// Whether a password fits the rules, as far as that can be told without the former ones.
pub(crate) fn fits(password: &str, login: &str, rules: &AccountsConfig) -> Result<(), Unfit> {
    if password.chars().count() < rules.password_min || password.len() > PASSWORD_MAX_BYTES {
        return Err(Unfit::Length { min: rules.password_min, max: PASSWORD_MAX_BYTES });
    }
    let kinds: [fn(char) -> bool; 4] = [char::is_uppercase, char::is_lowercase, char::is_numeric, |c| {
        !c.is_uppercase() && !c.is_lowercase() && !c.is_numeric()
    }];
    let found = kinds.into_iter().filter(|kind| password.chars().any(kind)).count();
    if found < rules.password_classes {
        return Err(Unfit::Classes(rules.password_classes));
    }
    if password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(Unfit::HasLogin);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_mixed_and_not_the_name() {
        let rules = AccountsConfig::default();
        for (password, fit) in [
            ("Ab3-efghij", Ok(())),
            ("停车场的管理员Ab3", Ok(())),
            ("Ab3-efghi", Err(Unfit::Length { min: 10, max: PASSWORD_MAX_BYTES })),
            ("abcdefghi3", Err(Unfit::Classes(3))),
            ("xx-ZHANG-33x", Err(Unfit::HasLogin)),
        ] {
            assert_eq!(fits(password, "zhang", &rules), fit, "{password}");
        }
        assert!(fits(&"Ab3-".repeat(257), "zhang", &rules).is_err());
    }

    #[tokio::test]
    async fn the_last_five_may_not_be_chosen_again() {
        let rules = AccountsConfig::default();
        let passwords = Passwords::new().unwrap();
        let mut former = Vec::new();
        for number in 0..6 {
            let chosen =
                passwords.choose(format!("Ab3-number-{number}"), "zhang", former.clone(), &rules).await;
            former.insert(0, chosen.unwrap().unwrap());
        }
        let choose =
            |number: usize| passwords.choose(format!("Ab3-number-{number}"), "zhang", former.clone(), &rules);
        assert_eq!(choose(1).await.unwrap(), Err(Unfit::Reused(5)));
        assert!(choose(0).await.unwrap().is_ok(), "the sixth before");
    }
}
