use http::Uri;
use serde::{Deserialize, Serialize};

/// What `redirect_uri` ends with: where the browser comes back to.
pub(crate) const CALLBACK_PATH: &str = "/api/v1/session/oidc/callback";

/// Bytes of an issuer's address: with a subject it is what an account is found by.
const ISSUER_MAX: usize = 512;

/// Characters on the button.
const LABEL_MAX: usize = 40;

/// `[accounts.oidc]`: people may sign in by an identity provider (OpenID Connect, authorization code with PKCE).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// The provider, to the letter of its own `issuer`, such as `https://id.example/realms/city`.
    pub issuer: String,
    /// What the provider calls this platform.
    pub client_id: String,
    /// The secret that goes with it, best left to the environment: `BOWEI_OIDC_CLIENT_SECRET`. Without one the platform is a
    /// public client, and PKCE alone binds the code to it.
    pub client_secret: Option<String>,
    /// This platform's public address followed by `/api/v1/session/oidc/callback`, as it is registered at the provider.
    pub redirect_uri: String,
    /// What is asked for, between blanks. Default `openid profile`.
    #[serde(default = "scopes")]
    pub scopes: String,
    /// The claim that has the login of an account here, when its person first signs in so. Default `preferred_username`.
    #[serde(default = "login_claim")]
    pub login_claim: String,
    /// What the button on the sign-in page says, such as the provider's name. Default 统一身份认证登录, in the page's language.
    pub label: Option<String>,
    /// The provider asks everybody for a second factor whom it sends here, so that the platform need not. Default false.
    #[serde(default)]
    pub trust_second_factor: bool,
}

fn scopes() -> String {
    "openid profile".to_owned()
}

fn login_claim() -> String {
    "preferred_username".to_owned()
}

/// A setting that nobody can sign in with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("[accounts.oidc] {field} = {value:?} does not fit: {expected}")]
pub struct UnfitOidc {
    field: &'static str,
    value: String,
    expected: &'static str,
}

impl OidcConfig {
    pub(super) fn override_from_environment(&mut self) {
        if let Ok(value) = std::env::var("BOWEI_OIDC_CLIENT_SECRET") {
            self.client_secret = Some(value);
        }
    }

    /// Refuses settings that nobody can sign in with, or that others could listen in on.
    pub(crate) fn check(&self) -> Result<(), UnfitOidc> {
        let is_text = |text: &str, max: usize| {
            !text.trim().is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control)
        };
        let label = self.label.as_deref().unwrap_or("-");
        let redirects_here = self.redirect_uri.strip_suffix(CALLBACK_PATH).is_some_and(is_guarded);
        for (fits, field, value, expected) in [
            (
                self.issuer.len() <= ISSUER_MAX && is_guarded(&self.issuer) && !self.issuer.contains('?'),
                "issuer",
                self.issuer.as_str(),
                "https://HOST with or without a path, at most 512 bytes; plain http to this machine alone",
            ),
            (
                is_text(&self.client_id, 255),
                "client_id",
                self.client_id.as_str(),
                "the name given by the provider",
            ),
            (
                redirects_here,
                "redirect_uri",
                self.redirect_uri.as_str(),
                "https://HOST/api/v1/session/oidc/callback; plain http to this machine alone",
            ),
            (
                self.scopes.split_ascii_whitespace().any(|scope| scope == "openid"),
                "scopes",
                self.scopes.as_str(),
                "words between blanks, openid among them",
            ),
            (
                is_text(&self.login_claim, 100),
                "login_claim",
                self.login_claim.as_str(),
                "the name of a claim",
            ),
            (is_text(label, LABEL_MAX), "label", label, "1 to 40 characters"),
        ] {
            if !fits {
                return Err(UnfitOidc { field, value: value.to_owned(), expected });
            }
        }
        Ok(())
    }
}

/// Whether nobody can listen in on what goes to an address: it is HTTPS, or this machine's own.
pub(crate) fn is_guarded(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here =
        host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => is_here,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> OidcConfig {
        toml::from_str(
            "issuer = 'https://id.example/realms/city'\nclient_id = 'bowei'\n\
             redirect_uri = 'https://parking.example/api/v1/session/oidc/callback'",
        )
        .unwrap()
    }

    #[test]
    fn what_others_could_listen_in_on_or_nobody_can_sign_in_with_is_refused_by_its_name() {
        assert_eq!(config().check(), Ok(()));
        for url in ["http://127.0.0.1:9000", "http://localhost:9000/a", "http://[::1]:9000"] {
            assert_eq!(OidcConfig { issuer: url.to_owned(), ..config() }.check(), Ok(()), "{url}");
        }
        let issuers = [
            "",
            "id.example",
            "http://id.example",
            "http://127.0.0.1.id.example",
            "ftp://id.example",
            "https://",
        ];
        let redirects =
            ["https://parking.example/", "http://parking.example/api/v1/session/oidc/callback", ""];
        let unfit = issuers
            .map(|issuer| OidcConfig { issuer: issuer.to_owned(), ..config() })
            .into_iter()
            .map(|config| (config, "issuer"))
            .chain(
                redirects
                    .map(|uri| (OidcConfig { redirect_uri: uri.to_owned(), ..config() }, "redirect_uri")),
            )
            .chain([
                (OidcConfig { client_id: " ".to_owned(), ..config() }, "client_id"),
                (OidcConfig { scopes: "profile".to_owned(), ..config() }, "scopes"),
                (OidcConfig { label: Some(String::new()), ..config() }, "label"),
            ]);
        for (config, field) in unfit {
            let words = config.check().unwrap_err();
            assert_eq!(words.field, field, "{words}");
        }
    }
}
