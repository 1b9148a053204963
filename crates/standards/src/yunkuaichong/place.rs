//! A station or a charger: the text has id and name apart, the model has them in one: `{id} {name}`.
//!
//! They come apart at the first blank, so that an id with a blank in it has it as `%20`, and a percent sign as `%25`.

/// Id and name in one; without an id the name is both.
pub(super) fn joined(id: &str, name: &str) -> String {
    let id = if id.is_empty() { name } else { id };
    format!("{} {name}", id.replace('%', "%25").replace(' ', "%20"))
}

/// Id and name of what [`joined`] made, or of anything else: one word is both.
pub(super) fn apart(joined: &str) -> (String, &str) {
    let joined = joined.trim();
    let (id, name) = joined.split_once(' ').unwrap_or((joined, joined));
    (id.replace("%20", " ").replace("%25", "%"), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_comes_apart() {
        for (id, name) in [
            ("S-88", "某广场充电站"),
            ("S 88", "某广场 充电站"),
            ("100%", "a"),
            ("%20", "b"),
            ("%2520", "c %20"),
        ] {
            let joined = joined(id, name);
            assert_eq!(apart(&joined), (id.to_owned(), name), "{joined}");
        }
        assert_eq!(joined("S-88", "某广场充电站"), "S-88 某广场充电站");
        assert_eq!(apart("S-88"), ("S-88".to_owned(), "S-88"));
    }
}
