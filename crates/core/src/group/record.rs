//! The facts of a group: its generation, the members of it, what each was assigned. One row. Persisted.
//!
//! ```text
//! key    name
//! value  version u8 · serial u64 · generation i32 · protocol type? · protocol? · leader · assigned u8 · since i64
//!        · members u32 × (id, instance?, client id, client host, session ms i32, rebalance ms i32,
//!          protocols u32 × (name, metadata), subscription? u32 × topic, assignment)
//! ```

use bytes::Bytes;
use hence_base::Timestamp;

use crate::command::ClientName;
use crate::error::RowError;
use crate::row::{Reader, Writer};
use crate::tables::GROUPS;

/// What is stored of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What its offsets are kept under; never given to another group. 0: nothing is stored yet.
    pub serial: u64,
    /// Counts completed join phases; never goes back.
    pub generation: i32,
    /// The kind of protocol; none for a group that only commits.
    pub protocol_type: Option<String>,
    /// The chosen protocol; none without members.
    pub protocol: Option<String>,
    /// The leader; empty without members.
    pub leader: String,
    /// Whether the leader's assignment came.
    pub assigned: bool,
    /// When this was stored: for an empty group, since when it has been empty.
    pub since: Timestamp,
    /// The members of the generation, by id.
    pub members: Vec<Seat>,
}

/// What is stored of a member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// Its id.
    pub id: String,
    /// Its static name.
    pub instance: Option<String>,
    /// Who it says it is.
    pub client: ClientName,
    /// It is gone when it is not heard of for so long.
    pub session_ms: i32,
    /// How long the group waits for it to join again.
    pub rebalance_ms: i32,
    /// Its protocols with their metadata, the preferred one first.
    pub protocols: Vec<(String, Bytes)>,
    /// The topics that it reads, if that is known.
    pub subscription: Option<Vec<String>>,
    /// What it was assigned.
    pub assignment: Bytes,
}

impl Seat {
    /// What it takes of a row, about.
    pub fn bytes(&self) -> usize {
        let protocols: usize =
            self.protocols.iter().map(|(name, metadata)| name.len() + metadata.len() + 8).sum();
        let topics: usize = self.subscription.iter().flatten().map(|topic| topic.len() + 4).sum();
        let names = self.id.len() + self.instance.as_ref().map_or(0, String::len);
        64 + names
            + self.client.id.len()
            + self.client.host.len()
            + protocols
            + topics
            + self.assignment.len()
    }

    /// Its metadata for a protocol.
    pub fn metadata(&self, protocol: Option<&str>) -> Bytes {
        let own = self.protocols.iter().find(|(name, _)| Some(name.as_str()) == protocol);
        own.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }
}

impl Record {
    /// The row's value.
    pub fn encode(&self) -> Vec<u8> {
        Writer::value()
            .u64(self.serial)
            .i32(self.generation)
            .optional_text(self.protocol_type.as_deref())
            .optional_text(self.protocol.as_deref())
            .text(&self.leader)
            .u8(u8::from(self.assigned))
            .i64(self.since.0)
            .list(self.members.iter(), put_seat)
            .done()
    }

    /// A group from its row's value.
    pub fn decode(value: &[u8]) -> Result<Self, RowError> {
        let mut row = Reader::value(GROUPS, value)?;
        let record = Self {
            serial: row.u64()?,
            generation: row.i32()?,
            protocol_type: row.optional_text()?.map(str::to_owned),
            protocol: row.optional_text()?.map(str::to_owned),
            leader: row.text()?.to_owned(),
            assigned: row.u8()? != 0,
            since: Timestamp(row.i64()?),
            members: row.list(take_seat)?,
        };
        row.end()?;
        Ok(record)
    }
}

fn put_seat(row: Writer, seat: &Seat) -> Writer {
    let row = row
        .text(&seat.id)
        .optional_text(seat.instance.as_deref())
        .text(&seat.client.id)
        .text(&seat.client.host)
        .i32(seat.session_ms)
        .i32(seat.rebalance_ms)
        .list(seat.protocols.iter(), |row, (name, metadata)| row.text(name).bytes(metadata));
    let row = match &seat.subscription {
        None => row.u8(0),
        Some(topics) => row.u8(1).list(topics.iter(), |row, topic| row.text(topic)),
    };
    row.bytes(&seat.assignment)
}

fn take_seat(row: &mut Reader<'_>) -> Result<Seat, RowError> {
    Ok(Seat {
        id: row.text()?.to_owned(),
        instance: row.optional_text()?.map(str::to_owned),
        client: ClientName { id: row.text()?.to_owned(), host: row.text()?.to_owned() },
        session_ms: row.i32()?,
        rebalance_ms: row.i32()?,
        protocols: row.list(|row| Ok((row.text()?.to_owned(), Bytes::copy_from_slice(row.bytes()?))))?,
        subscription: match row.u8()? {
            0 => None,
            1 => Some(row.list(|row| Ok(row.text()?.to_owned()))?),
            _ => return Err(row.not_understood("a mark is neither 0 nor 1")),
        },
        assignment: Bytes::copy_from_slice(row.bytes()?),
    })
}
