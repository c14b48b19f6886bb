//! IncrementalAlterConfigs (key 44): sets and resets topic settings, each topic by itself and then all or nothing.
//!
//! The broker's own configs are not changed over the protocol: its file, environment and flags do that.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::incremental_alter_configs::{
    AlterConfigsResource, AlterConfigsResourceResponse, AlterableConfig, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::error_code::{Coded, ErrorCode};
use crate::ports::{AlterSettings, AlterSettingsError, Change, SettingChange, TopicChanges};
use crate::resource;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::IncrementalAlterConfigs, 0..=1, |call| Work::later(handle(call)));

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

type Refusal = (ErrorCode, Option<String>);

async fn handle(call: Call) -> Answered {
    let request: IncrementalAlterConfigsRequest<'_> = call.request()?;
    let key =
        |resource: &AlterConfigsResource<'_>| (resource.resource_type, resource.resource_name.to_owned());
    let mut counts = std::collections::HashMap::with_capacity(request.resources.len());
    for resource in &request.resources {
        *counts.entry(key(resource)).or_insert(0_usize) += 1;
    }
    let mut topics = Vec::new();
    let mut judged = Vec::with_capacity(request.resources.len());
    for resource in &request.resources {
        let twice = counts.get(&key(resource)).is_some_and(|count| *count > 1);
        judged.push(judge(&call, resource, twice).map(|changes| topics.push(changes)));
    }
    let altered = if topics.is_empty() {
        Ok(Vec::new())
    } else {
        call.door.broker.call(AlterSettings { topics, validate_only: request.validate_only }).await
    };
    let (mut altered, unavailable) = match altered {
        Ok(altered) => (altered.into_iter(), ErrorCode::UNKNOWN_SERVER_ERROR),
        Err(error) => (Vec::new().into_iter(), error.code()),
    };
    let mut responses = Vec::with_capacity(judged.len());
    for (resource, outcome) in request.resources.iter().zip(judged) {
        let outcome = outcome.and_then(|()| match altered.next() {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err((error.code(), Some(text(&error)))),
            None => Err((unavailable, Some("whether the configs were changed is not known".to_owned()))),
        });
        let (error_code, error_message) = match outcome {
            Ok(()) => (ErrorCode::NONE.code(), None),
            Err((code, text)) => (call.code(code), text.map(Into::into)),
        };
        responses.push(AlterConfigsResourceResponse {
            error_code,
            error_message,
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.into(),
        });
    }
    call.answer(&IncrementalAlterConfigsResponse { responses, ..Default::default() })
}

fn judge(call: &Call, resource: &AlterConfigsResource<'_>, twice: bool) -> Result<TopicChanges, Refusal> {
    let refuse = |code, text: String| Err((code, Some(text)));
    if twice {
        return refuse(ErrorCode::INVALID_REQUEST, "Each resource must appear at most once.".to_owned());
    }
    let mut seen = std::collections::HashSet::new();
    if !resource.configs.iter().all(|config| seen.insert(config.name)) {
        return refuse(ErrorCode::INVALID_REQUEST, "Error due to duplicate config keys".to_owned());
    }
    let without = |config: &&AlterableConfig<'_>| config.value.is_none() && config.config_operation != DELETE;
    let without: Vec<&str> = resource.configs.iter().filter(without).map(|config| config.name).collect();
    if !without.is_empty() {
        let text = format!("Null value not supported for : {}", without.join(", "));
        return refuse(ErrorCode::INVALID_REQUEST, text);
    }
    let name = resource.resource_name;
    match resource.resource_type {
        resource::TOPIC if name.is_empty() => {
            refuse(ErrorCode::INVALID_REQUEST, "Default topic resources are not allowed.".to_owned())
        }
        resource::TOPIC if call.door.broker.catalog().topic(name).is_none() => {
            refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("The topic '{name}' does not exist."))
        }
        resource::TOPIC => {
            let changes = resource.configs.iter().map(change).collect::<Result<_, _>>()?;
            Ok(TopicChanges { name: name.to_owned(), replace: false, changes })
        }
        resource::BROKER if !name.is_empty() && name.parse() != Ok(call.door.options.node_id) => {
            let node_id = call.door.options.node_id;
            let text = format!("Unexpected broker id, expected {node_id}, but received {name}");
            refuse(ErrorCode::INVALID_REQUEST, text)
        }
        resource::BROKER => {
            let names: Vec<&str> = resource.configs.iter().map(|config| config.name).collect();
            let text = format!("Cannot update these configs dynamically: [{}]", names.join(", "));
            refuse(ErrorCode::INVALID_REQUEST, text)
        }
        resource::BROKER_LOGGER | resource::CLIENT_METRICS | resource::GROUP => {
            let text =
                "this kind of resource has no configs that can be changed over the protocol".to_owned();
            refuse(ErrorCode::INVALID_REQUEST, text)
        }
        other => refuse(ErrorCode::INVALID_REQUEST, format!("Unknown resource type {other}")),
    }
}

fn change(config: &AlterableConfig<'_>) -> Result<SettingChange, Refusal> {
    let value = config.value.unwrap_or_default().to_owned();
    let change = match config.config_operation {
        SET => Change::Set(value),
        DELETE => Change::Reset,
        APPEND => Change::Append(value),
        SUBTRACT => Change::Subtract(value),
        _ => return Err((ErrorCode::UNKNOWN_SERVER_ERROR, None)),
    };
    Ok(SettingChange { name: config.name.to_owned(), change })
}

fn text(error: &AlterSettingsError) -> String {
    error.to_string()
}
