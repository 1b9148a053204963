//! Parts of the model that the API shows as serde writes them, described to the document by samples of them: what is described
//! and what is written cannot part.

use bowei_model::reservation::Policy;
use bowei_model::supervision::RuleSet;
use bowei_model::supervision::order::{
    Action, Attachment, DocumentNumber, Manner, Party, Service, Severity, Term,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ArrayItems, KnownFormat, ObjectBuilder, OneOfBuilder, Schema,
    SchemaFormat, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

macro_rules! shapes {
    ($($name:ident = $schema:expr;)*) => { $(
        #[doc = concat!("The `value_type` of a field that is of the model's `", stringify!($name), "`.")]
        pub(super) enum $name {}

        impl ToSchema for $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T($schema)
            }
        }
    )* };
}

shapes! {
    OrderDone = either("action", &actions());
    OrderParty = shape_of(&[
        Party { name: text(), credit_code: text(), address: text() },
        Party { name: text(), ..Party::default() },
    ]);
    OrderTerm = either("by", &[Term::WorkingDays { days: 10, hour: 17 }, Term::Moment { due_at: Timestamp::UNIX_EPOCH }]);
    ReservationPolicy = shape_of(&[
        Policy { charging_advance_minutes: Some(60), ..Policy::default() },
        Policy { charging_advance_minutes: None, ..Policy::default() },
    ]);
    SupervisionRules = shape_of(&[RuleSet::default()]);
}

fn text() -> String {
    "text".to_owned()
}

/// Every action, whole and with what may be left out left out.
fn actions() -> Vec<Action> {
    let at = Timestamp::UNIX_EPOCH;
    let (reason, number) = (text(), DocumentNumber { year: 2026, n: 1 });
    let attachments = vec![Attachment { name: text(), sha256: text(), bytes: 1, media_type: text() }];
    let service = |more: String| Service {
        at,
        manner: Manner::InPerson,
        recipient: text(),
        place: text(),
        server: text(),
        proxy: more.clone(),
        reason: more.clone(),
        witness: more.clone(),
        remarks: more,
    };
    let mut actions = vec![
        Action::Revise {},
        Action::VoidNumber { number, reason: text() },
        Action::Issue { number, evidence_sha256: text() },
        Action::Serve { service: service(text()), due_at: at },
        Action::Serve { service: service(String::new()), due_at: at },
        Action::Answer { text: text(), attachments: attachments.clone() },
        Action::AskExtension { due_at: at, reason: text() },
        Action::Extend { due_at: at, reason: text() },
        Action::RefuseExtension { reason: text() },
        Action::Object { findings: vec![1], reason: text(), attachments },
        Action::Verify { as_of: at, uncured: vec![1] },
        Action::IssueReview { document: number },
        Action::Expire {},
    ];
    for (document, amount) in [(Some(number), Some(1.into())), (None, None)] {
        let (reason, to) = (reason.clone(), Severity::Fine);
        let decided =
            Action::Decide { objection: 1, findings: vec![1], sustained: true, reason: text(), document };
        let escalated = Action::Escalate { to, document: number, reason: text(), amount };
        actions.extend([decided, Action::Withdraw { document, reason }, escalated]);
    }
    actions
}

fn written<T: Serialize>(samples: &[T]) -> Vec<Value> {
    samples.iter().filter_map(|sample| serde_json::to_value(sample).ok()).collect()
}

/// The shape of what these are samples of.
fn shape_of<T: Serialize>(samples: &[T]) -> Schema {
    shape(&written(samples).iter().collect::<Vec<_>>())
}

/// One of several shapes, which one word of each tells apart.
fn either<T: Serialize>(tag: &str, samples: &[T]) -> Schema {
    let samples = written(samples);
    let word = |sample: &Value| sample.get(tag).and_then(Value::as_str).unwrap_or_default().to_owned();
    let words: BTreeSet<_> = samples.iter().map(word).collect();
    let each = words.into_iter().fold(OneOfBuilder::new(), |either, one| {
        let of_word: Vec<_> = samples.iter().filter(|sample| word(sample) == one).collect();
        let tagged = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([one]));
        either.item(object(&of_word).property(tag, tagged))
    });
    each.into()
}

fn object(samples: &[&Value]) -> ObjectBuilder {
    let objects: Vec<_> = samples.iter().filter_map(|sample| sample.as_object()).collect();
    let names: BTreeSet<_> = objects.iter().flat_map(|object| object.keys()).collect();
    // A map that the samples have nothing in may have anything.
    let is_open = names.is_empty().then_some(AdditionalProperties::FreeForm(true));
    let empty = ObjectBuilder::new().schema_type(Type::Object).additional_properties(is_open);
    names.into_iter().fold(empty, |built, name| {
        let values: Vec<_> = objects.iter().filter_map(|object| object.get(name)).collect();
        let is_always = values.len() == objects.len();
        let built = built.property(name, RefOr::T(shape(&values)));
        if is_always { built.required(name) } else { built }
    })
}

/// The shape of what these are samples of; a field that one of them has not may be left out.
fn shape(samples: &[&Value]) -> Schema {
    let of_type = |of: Type| ObjectBuilder::new().schema_type(of);
    match samples.first() {
        None | Some(Value::Null) => ObjectBuilder::new().schema_type(SchemaType::AnyValue).into(),
        Some(Value::Object(_)) => object(samples).into(),
        Some(Value::Array(_)) => {
            let items: Vec<_> = samples.iter().filter_map(|sample| sample.as_array()).flatten().collect();
            ArrayBuilder::new().items(ArrayItems::RefOrSchema(Box::new(RefOr::T(shape(&items))))).into()
        }
        Some(Value::Bool(_)) => of_type(Type::Boolean).into(),
        Some(Value::Number(number)) if number.is_f64() => of_type(Type::Number).into(),
        Some(Value::Number(_)) => of_type(Type::Integer).into(),
        Some(Value::String(text)) => {
            let format =
                text.parse::<Timestamp>().ok().map(|_| SchemaFormat::KnownFormat(KnownFormat::DateTime));
            of_type(Type::String).format(format).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowei_model::supervision::order::ActionKind;

    #[test]
    fn every_action_is_described() {
        let described: BTreeSet<_> = actions().iter().map(Action::kind).collect();
        assert_eq!(described, ActionKind::ALL.iter().copied().collect());
    }

    #[test]
    fn what_may_be_left_out_is_not_required() {
        let schema = serde_json::to_value(<OrderParty as PartialSchema>::schema()).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["name"]), "{schema}");
        assert_eq!(schema["properties"]["credit_code"]["type"], "string", "{schema}");
    }
}
