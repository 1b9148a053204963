//! The API's document: what the handlers say of themselves, and what holds for all of them.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

/// Adds the statuses that follow from how an operation is asked: each handler says only what is its own.
pub(super) fn tell_statuses(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let takes_token = path.starts_with("/api/") || path.starts_with("/gateway/");
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            let parameters = operation.parameters.iter().flatten();
            let asked: Vec<_> = parameters
                .filter_map(|parameter| match parameter {
                    RefOr::T(parameter) => Some((parameter.parameter_in.clone(), parameter.name.clone())),
                    RefOr::Ref(_) => None,
                })
                .collect();
            let asks = |name: Option<&str>, place: ParameterIn| {
                asked.iter().any(|(there, one)| *there == place && name.is_none_or(|name| one == name))
            };
            let in_query = asks(None, ParameterIn::Query);
            let names_one = asks(None, ParameterIn::Path) || asks(Some("lot"), ParameterIn::Query);
            for (holds, status, words) in [
                (in_query, "400", "A parameter does not fit"),
                (takes_token, "401", "No token, or one that is unknown or has run out"),
                (
                    takes_token,
                    "403",
                    "Without the permission that `x-permission` names, or beyond what one may see",
                ),
                (names_one, "404", "There is none of that name, for whoever asks"),
                (takes_token, "503", "The store is busy or away: see Retry-After"),
            ] {
                if holds {
                    tell(operation, status, words);
                }
            }
        }
    }
}

fn tell(operation: &mut Operation, status: &str, words: &str) {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let response = ResponseBuilder::new().description(words).content("application/problem+json", problem);
    let told = &mut operation.responses.responses;
    told.entry(status.to_owned()).or_insert_with(|| response.build().into());
}
