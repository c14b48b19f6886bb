//! A recording played back: the directory as it was at each moment, and what a power cut at that moment could have left.
//!
//! Always: what had ended when the power failed happened, what had not begun did not, and what was under way may have.
//! Never here: how it was recorded, what must be in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hence_base::Position;

use super::recorder::{ClockNs, Event, FileId, Span};
use crate::dice::Dice;
use crate::disk::image::{Image, Inode, Loss, Mercy};

/// A recording and a moment of it.
#[derive(Debug)]
pub struct Tape {
    events: Vec<(ClockNs, Event)>,
    at: usize,
    image: Image,
    inodes: BTreeMap<FileId, Inode>,
    writing: BTreeMap<Span, Writing>,
    /// For each sync under way, how many changes of its file it covers.
    syncing: BTreeMap<Span, (Inode, usize)>,
    /// For each sync of names under way, how many changes of names it covers.
    naming: BTreeMap<Span, usize>,
    acknowledged: Position,
}

#[derive(Clone, Debug)]
struct Writing {
    inode: Inode,
    at: u64,
    bytes: Arc<[u8]>,
    through: bool,
}

impl Tape {
    /// The beginning of a recording.
    pub fn new(events: Vec<(ClockNs, Event)>) -> Self {
        Self {
            events,
            at: 0,
            image: Image::default(),
            inodes: BTreeMap::new(),
            writing: BTreeMap::new(),
            syncing: BTreeMap::new(),
            naming: BTreeMap::new(),
            acknowledged: Position::ZERO,
        }
    }

    /// How many moments there are.
    pub fn moments(&self) -> usize {
        self.events.len()
    }

    /// Plays on until `moment` events have happened.
    pub fn play_to(&mut self, moment: usize) {
        while self.at < moment.min(self.events.len()) {
            let (_, event) = self.events[self.at].clone();
            self.happen(event);
            self.at += 1;
        }
    }

    /// When the next event happens: the moment lasts until then.
    pub fn until(&self) -> ClockNs {
        self.events.get(self.at).map_or(ClockNs(u64::MAX), |(at, _)| *at)
    }

    /// The newest position that had been acknowledged.
    pub const fn acknowledged(&self) -> Position {
        self.acknowledged
    }

    /// What the device holds if the power fails at this moment.
    pub fn power_cut(&self, dice: &mut Dice, mercy: Mercy) -> (Image, Loss) {
        let mut image = self.image.clone();
        for write in self.writing.values() {
            image.write(write.inode, write.at, &write.bytes);
        }
        let loss = image.power_cut(dice, mercy);
        (image, loss)
    }

    fn inode(&self, file: FileId) -> Inode {
        self.inodes.get(&file).copied().unwrap_or(Inode(u64::MAX))
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Create(name, file) => {
                let inode = self.image.create(&name);
                self.inodes.insert(file, inode);
            }
            Event::Rename(from, to) => {
                self.image.rename(&from, &to);
            }
            Event::Remove(name) => {
                self.image.remove(&name);
            }
            Event::NamesBegin(span) => {
                self.naming.insert(span, self.image.unsynced_names());
            }
            Event::NamesEnd(span) => {
                if let Some(changes) = self.naming.remove(&span) {
                    self.image.sync_first_names(changes);
                }
            }
            Event::WriteBegin { span, file, at, bytes, through } => {
                let inode = self.inode(file);
                self.writing.insert(span, Writing { inode, at, bytes, through });
            }
            Event::WriteEnd(span) => {
                if let Some(Writing { inode, at, bytes, through }) = self.writing.remove(&span) {
                    if through {
                        self.image.write_through(inode, at, &bytes);
                    } else {
                        self.image.write(inode, at, &bytes);
                    }
                }
            }
            Event::SyncBegin(span, file) => {
                let inode = self.inode(file);
                self.syncing.insert(span, (inode, self.image.unsynced(inode)));
            }
            Event::SyncEnd(span) => {
                if let Some((inode, changes)) = self.syncing.remove(&span) {
                    self.image.sync_first(inode, changes);
                }
            }
            Event::Allocate(file, bytes) => {
                let inode = self.inode(file);
                if bytes > self.image.len(inode) {
                    self.image.resize(inode, bytes);
                }
            }
            Event::Acknowledged(position) => self.acknowledged = self.acknowledged.max(position),
        }
    }
}
