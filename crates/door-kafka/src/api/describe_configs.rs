//! DescribeConfigs (key 32): every config of topics and of the broker, with its default, source and synonyms.
//!
//! Names and values come from the core's table and from `crate::configs`; nothing is decided here.

use hence_kafka_proto::ApiKey;
use hence_kafka_proto::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};

use super::Api;
use crate::call::{Answered, Call, Work};
use crate::configs::{self, BrokerConfig, DEFAULT_CONFIG};
use crate::error_code::ErrorCode;
use crate::ports::{Catalog, SettingSource, SettingValue};
use crate::resource;
use crate::topic_name;

/// Its row of the table.
pub const API: Api = Api::new(ApiKey::DescribeConfigs, 1..=4, |call| Work::reading(call, handle));

type Refusal = (ErrorCode, String);

async fn handle(call: Call) -> Answered {
    let call = &call;
    let request: DescribeConfigsRequest<'_> = call.request()?;
    let catalog = call.door.broker.catalog();
    let broker = configs::of_broker(&call.door.options, &call.client.advertised);
    let shown = Shown {
        call,
        catalog: &catalog,
        broker: &broker,
        synonyms: request.include_synonyms,
        documentation: request.include_documentation,
    };
    // Each resource once: the answer to one that is named a million times would fill the process.
    let mut told = std::collections::HashSet::new();
    let mut new = |resource: &&DescribeConfigsResource<'_>| {
        told.insert((resource.resource_type, resource.resource_name.to_owned()))
    };
    let resources = request.resources.iter().filter(|resource| new(resource));
    let results = resources.map(|resource| match shown.configs(resource) {
        Ok(configs) => DescribeConfigsResult {
            error_message: Some("".into()),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.into(),
            configs,
            ..Default::default()
        },
        Err((code, text)) => DescribeConfigsResult {
            error_code: call.code(code),
            error_message: Some(text.into()),
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.into(),
            configs: Vec::new(),
        },
    });
    call.answer(&DescribeConfigsResponse { results: results.collect(), ..Default::default() })
}

struct Shown<'c> {
    call: &'c Call,
    catalog: &'c Catalog,
    broker: &'c [BrokerConfig],
    synonyms: bool,
    documentation: bool,
}

impl<'c> Shown<'c> {
    fn configs(
        &self,
        asked: &DescribeConfigsResource<'_>,
    ) -> Result<Vec<DescribeConfigsResourceResult<'c>>, Refusal> {
        let wanted = |name: &str| asked.configuration_keys.as_ref().is_none_or(|keys| keys.contains(&name));
        let name = asked.resource_name;
        match asked.resource_type {
            resource::TOPIC => {
                topic_name::check(name)
                    .map_err(|error| (ErrorCode::INVALID_TOPIC_EXCEPTION, error.to_string()))?;
                let Some(topic) = self.catalog.topic(name) else {
                    return Err((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, String::new()));
                };
                let values = topic.settings.values().filter(|value| wanted(value.setting.name));
                Ok(values.map(|value| self.of_topic(&value)).collect())
            }
            resource::BROKER if name.is_empty() => Ok(Vec::new()),
            resource::BROKER => {
                self.is_this_broker(name)?;
                let configs = self.broker.iter().filter(|config| wanted(config.name));
                Ok(configs.map(|config| self.of_broker(config)).collect())
            }
            // Loggers, client metrics and groups have nothing that could be configured over the protocol.
            resource::BROKER_LOGGER => self.is_this_broker(name).map(|()| Vec::new()),
            resource::CLIENT_METRICS | resource::GROUP => Ok(Vec::new()),
            other => Err((ErrorCode::INVALID_REQUEST, format!("Unknown resource type {other}"))),
        }
    }

    fn is_this_broker(&self, name: &str) -> Result<(), Refusal> {
        let node_id = self.call.door.options.node_id;
        let text = match name.parse::<i32>() {
            Ok(id) if id == node_id => return Ok(()),
            Ok(id) => format!("Unexpected broker id, expected {node_id} or empty string, but received {id}"),
            Err(_) => format!("Broker id must be an integer, but it is: {name}"),
        };
        Err((ErrorCode::INVALID_REQUEST, text))
    }

    fn of_topic(&self, value: &SettingValue<'c>) -> DescribeConfigsResourceResult<'c> {
        let setting = value.setting;
        let mut synonyms = Vec::new();
        if self.synonyms {
            let default_source = configs::default_source(setting.name);
            if value.source == SettingSource::Topic {
                synonyms.push(synonym(setting.name, value.value, configs::source(value)));
            }
            if let Some(twin) = configs::twin(setting.name) {
                if default_source != DEFAULT_CONFIG {
                    synonyms.push(synonym(twin, setting.default, default_source));
                }
                synonyms.push(synonym(twin, setting.default, DEFAULT_CONFIG));
            }
        }
        DescribeConfigsResourceResult {
            name: setting.name.into(),
            value: Some(value.value.into()),
            config_source: configs::source(value),
            synonyms,
            config_type: configs::kind_of(setting.kind),
            documentation: self.documentation.then(|| setting.doc.into()),
            ..Default::default()
        }
    }

    fn of_broker(&self, config: &'c BrokerConfig) -> DescribeConfigsResourceResult<'c> {
        let mut synonyms = Vec::new();
        if self.synonyms {
            if let Some(value) = config.value.as_deref().filter(|_| config.source() != DEFAULT_CONFIG) {
                synonyms.push(synonym(config.name, value, config.source()));
            }
            synonyms.extend(config.default.map(|default| synonym(config.name, default, DEFAULT_CONFIG)));
        }
        DescribeConfigsResourceResult {
            name: config.name.into(),
            value: config.value.as_deref().map(Into::into),
            read_only: true,
            config_source: config.source(),
            synonyms,
            config_type: config.kind,
            documentation: self.documentation.then(|| "".into()),
            ..Default::default()
        }
    }
}

fn synonym<'r>(name: &'r str, value: &'r str, source: i8) -> DescribeConfigsSynonym<'r> {
    DescribeConfigsSynonym { name: name.into(), value: Some(value.into()), source }
}
