//! Topics: create, delete, and their settings.
//!
//! A created topic is waited for until every partition has a leader, so that what follows can use it.

use std::time::Duration;

use hence_kafka_proto::create_topics::{CreatableTopic, CreatableTopicConfig};
use hence_kafka_proto::delete_topics::DeleteTopicState;
use hence_kafka_proto::describe_configs::{DescribeConfigsResource, DescribeConfigsResourceResult};
use hence_kafka_proto::{CreateTopicsRequest, DeleteTopicsRequest, DescribeConfigsRequest, Uuid};

use crate::client::{Client, Topic};
use crate::error::{OperationError, Refused};
use crate::limits::READY_POLL_MS;

/// Kafka's number for a topic among the things that have settings.
const RESOURCE_TOPIC: i8 = 2;
/// The first version of DeleteTopics that has the newer list of topics.
const DELETE_STATES_SINCE: i16 = 6;

/// A topic to make.
#[derive(Clone, Copy, Debug)]
pub struct NewTopic<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many partitions; -1 is the broker's default.
    pub partitions: i32,
    /// How many copies; -1 is the broker's default.
    pub replication_factor: i16,
    /// Its settings, where they are not the broker's defaults.
    pub configs: &'a [(&'a str, &'a str)],
    /// Only ask whether it could be made.
    pub validate_only: bool,
}

impl<'a> NewTopic<'a> {
    /// A topic with the broker's defaults.
    pub const fn named(name: &'a str) -> Self {
        Self { name, partitions: -1, replication_factor: -1, configs: &[], validate_only: false }
    }
}

/// One setting of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// Its value; `None` when it is secret or has none.
    pub value: Option<String>,
    /// Whether it is the broker's default.
    pub is_default: bool,
}

/// Kafka's number for "a default of the software".
const SOURCE_DEFAULT: i8 = 5;
/// Kafka's number for "set on the topic".
const SOURCE_TOPIC: i8 = 1;

impl Client {
    /// Makes a topic and returns its id, zero when it was only validated or the broker is too old to give ids.
    pub async fn create_topic(&self, new: &NewTopic<'_>) -> Result<Uuid, OperationError> {
        let configs =
            new.configs.iter().map(|&(name, value)| CreatableTopicConfig { name, value: Some(value) });
        let topic = CreatableTopic {
            name: new.name,
            num_partitions: new.partitions,
            replication_factor: new.replication_factor,
            configs: configs.collect(),
            ..Default::default()
        };
        let request = CreateTopicsRequest {
            topics: vec![topic],
            timeout_ms: self.timeout_in_request(),
            validate_only: new.validate_only,
        };
        let answer = self.call(&request).await?;
        let response = answer.response()?;
        let result =
            response.topics.iter().find(|result| result.name == new.name).cloned().unwrap_or_default();
        Refused::unless_none(result.error_code, result.error_message.as_deref(), || {
            format!("create topic {:?}", new.name)
        })?;
        if !new.validate_only {
            self.wait_for_leaders(new.name).await?;
        }
        Ok(result.topic_id)
    }

    /// Waits until every partition of a topic has a leader, or the client's time is up: then the topic as it is.
    async fn wait_for_leaders(&self, name: &str) -> Result<(), OperationError> {
        for _ in 0..self.options().timeout_ms.div_ceil(READY_POLL_MS) {
            let has_leaders =
                |topic: &Topic| topic.partitions.iter().all(|partition| partition.leader_id >= 0);
            match self.topic(name).await {
                Ok(topic) if has_leaders(&topic) => break,
                Err(OperationError::Refused(refused)) if !refused.code.is_retriable() => {
                    return Err(refused.into());
                }
                Err(OperationError::Call(error)) => return Err(error.into()),
                Ok(_) | Err(OperationError::Refused(_)) => {}
            }
            tokio::time::sleep(Duration::from_millis(READY_POLL_MS)).await;
        }
        Ok(())
    }

    /// Deletes a topic.
    pub async fn delete_topic(&self, name: &str) -> Result<(), OperationError> {
        let timeout_ms = self.timeout_in_request();
        let connection = self.connection();
        let version =
            connection.offered().version_of::<DeleteTopicsRequest<'_>>().map_err(crate::CallError::from)?;
        let request = if version >= DELETE_STATES_SINCE {
            let topics = vec![DeleteTopicState { name: Some(name), ..Default::default() }];
            DeleteTopicsRequest { topics, timeout_ms, ..Default::default() }
        } else {
            DeleteTopicsRequest { topic_names: vec![name], timeout_ms, ..Default::default() }
        };
        let answer = connection.call_in(version, &request).await?;
        let response = answer.response()?;
        let result = response.responses.first().cloned().unwrap_or_default();
        Refused::unless_none(result.error_code, result.error_message.as_deref(), || {
            format!("delete topic {name:?}")
        })?;
        Ok(())
    }

    /// The settings of a topic, by name.
    pub async fn topic_configs(&self, name: &str) -> Result<Vec<ConfigEntry>, OperationError> {
        let asked = DescribeConfigsResource {
            resource_type: RESOURCE_TOPIC,
            resource_name: name,
            configuration_keys: None,
        };
        let request = DescribeConfigsRequest { resources: vec![asked], ..Default::default() };
        let answer = self.call(&request).await?;
        let response = answer.response()?;
        let result = response.results.first().cloned().unwrap_or_default();
        Refused::unless_none(result.error_code, result.error_message.as_deref(), || {
            format!("describe the settings of topic {name:?}")
        })?;
        let mut entries: Vec<ConfigEntry> = result.configs.iter().map(ConfigEntry::read).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// The client's timeout for a request's own field.
    pub(crate) fn timeout_in_request(&self) -> i32 {
        i32::try_from(self.options().timeout_ms).unwrap_or(i32::MAX)
    }
}

impl ConfigEntry {
    fn read(entry: &DescribeConfigsResourceResult<'_>) -> Self {
        Self {
            name: entry.name.to_string(),
            value: entry.value.as_deref().map(str::to_owned),
            is_default: entry.config_source == SOURCE_DEFAULT || entry.config_source != SOURCE_TOPIC,
        }
    }
}
