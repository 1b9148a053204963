//! The names things go by: a lot's code, a provider's code, a record's id. Each is a type of its own so that
//! none can stand in for another.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! code {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        // As messages quote a text: the type's name is nothing to whoever reads them.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

code! {
    /// The platform's own code of a lot or on-street section, such as `330502-001`. What a city's standard calls
    /// the same lot is in [`crate::Lot::ids`].
    LotCode
}
code! {
    /// The platform's code of a data provider (接入单位): the company that reports for its lots.
    ProviderCode
}
code! {
    /// The lot's own id of one parking: its entry, its exit and their photos carry the same one. At most 128
    /// characters. Unique within a lot.
    RecordId
}
