//! A directory as a device and a kernel see it: what is on the device, and what was written since and may be lost.
//!
//! Always: what was synced survives [`Image::power_cut`]; of the rest any subset of sectors, sizes and names survives,
//! as the dice fall. A file whose sync failed keeps what was written in limbo: no later sync makes it safe.
//! Never here: when the power fails, or what the bytes mean.

use std::collections::BTreeMap;

use crate::dice::Dice;

/// What a device writes whole or not at all.
pub const SECTOR_BYTES: usize = 512;

/// Names one file for as long as the image lives, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inode(pub u64);

/// One flat directory.
#[derive(Clone, Debug, Default)]
pub struct Image {
    files: BTreeMap<Inode, File>,
    names: BTreeMap<String, Inode>,
    stable_names: BTreeMap<String, Inode>,
    unsynced_names: Vec<Naming>,
    next: u64,
}

#[derive(Clone, Debug, Default)]
struct File {
    stable: Vec<u8>,
    view: Vec<u8>,
    unsynced: Vec<Change>,
    /// Changes before this one were given up by a failed sync.
    limbo: usize,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Resize { len: usize },
}

#[derive(Clone, Debug)]
enum Naming {
    Link(String, Inode),
    Unlink(String),
    Rename { from: String, to: String, inode: Inode },
}

/// How much of what was not synced a power cut spares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mercy {
    /// Everything: the cut came after a quiet second.
    All,
    /// Nothing.
    None,
    /// Each write whole or not at all.
    Writes,
    /// Each sector by itself.
    Sectors,
}

/// What a power cut did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loss {
    /// Writes of which some sectors survived and others did not.
    pub torn_writes: u64,
    /// Writes and sizes that did not survive at all.
    pub lost_writes: u64,
    /// Creations, renames and removals that did not survive.
    pub lost_names: u64,
}

impl Image {
    /// The file called `name`.
    pub fn lookup(&self, name: &str) -> Option<Inode> {
        self.names.get(name).copied()
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// An empty file called `name`, in place of any that was.
    pub fn create(&mut self, name: &str) -> Inode {
        let inode = Inode(self.next);
        self.next += 1;
        self.files.insert(inode, File::default());
        self.names.insert(name.to_owned(), inode);
        self.unsynced_names.push(Naming::Link(name.to_owned(), inode));
        inode
    }

    /// Calls a file otherwise; what was called so is gone. False when there is no such file.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(inode) = self.names.remove(from) else { return false };
        self.names.insert(to.to_owned(), inode);
        self.unsynced_names.push(Naming::Rename { from: from.to_owned(), to: to.to_owned(), inode });
        true
    }

    /// Takes a name away. False when there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        let was = self.names.remove(name).is_some();
        if was {
            self.unsynced_names.push(Naming::Unlink(name.to_owned()));
        }
        was
    }

    /// The file's length; 0 when it is gone.
    pub fn len(&self, inode: Inode) -> u64 {
        self.files.get(&inode).map_or(0, |file| file.view.len() as u64)
    }

    /// Bytes of all files that have a name.
    pub fn used_bytes(&self) -> u64 {
        self.names.values().map(|inode| self.len(*inode)).sum()
    }

    /// Fills `into` from `at`; gives how much there was.
    pub fn read(&self, inode: Inode, at: u64, into: &mut [u8]) -> usize {
        let view = self.files.get(&inode).map_or(&[][..], |file| &file.view);
        let from = view.get(at as usize..).unwrap_or_default();
        let length = from.len().min(into.len());
        into[..length].copy_from_slice(&from[..length]);
        length
    }

    /// Writes into the view; lost with the power unless it is synced.
    pub fn write(&mut self, inode: Inode, at: u64, bytes: &[u8]) {
        let file = self.files.entry(inode).or_default();
        let change = Change::Write { at: at as usize, bytes: bytes.to_vec() };
        change.apply(&mut file.view);
        file.unsynced.push(change);
    }

    /// Writes past the cache: on the device, size included, when it returns. What the cache held there goes before it.
    pub fn write_through(&mut self, inode: Inode, at: u64, bytes: &[u8]) {
        let File { stable, view, unsynced, limbo } = self.files.entry(inode).or_default();
        let written = at as usize..at as usize + bytes.len();
        let mut given_up = 0;
        let mut index = 0;
        unsynced.retain(|change| {
            let stays = match change {
                Change::Write { at, bytes } => *at >= written.end || at + bytes.len() <= written.start,
                Change::Resize { .. } => false,
            };
            given_up += usize::from(stays && index < *limbo);
            index += 1;
            if !stays {
                change.apply(stable);
            }
            stays
        });
        *limbo = given_up;
        place(stable, written.start, bytes);
        place(view, written.start, bytes);
    }

    /// Makes the file longer, by zeros, or shorter.
    pub fn resize(&mut self, inode: Inode, len: u64) {
        let file = self.files.entry(inode).or_default();
        let change = Change::Resize { len: len as usize };
        change.apply(&mut file.view);
        file.unsynced.push(change);
    }

    /// Everything written to the file is on the device now, but for what is in limbo.
    pub fn sync(&mut self, inode: Inode) {
        self.sync_first(inode, usize::MAX);
    }

    /// How many changes of the file are not on the device.
    pub fn unsynced(&self, inode: Inode) -> usize {
        self.files.get(&inode).map_or(0, |file| file.unsynced.len())
    }

    /// The first `changes` of what is not on the device are on it now, but for what is in limbo.
    pub fn sync_first(&mut self, inode: Inode, changes: usize) {
        let Some(file) = self.files.get_mut(&inode) else { return };
        let (from, to) = (file.limbo, changes.clamp(file.limbo, file.unsynced.len()));
        let synced: Vec<Change> = file.unsynced.drain(from..to).collect();
        // What was given up and is written over goes with the page that it is in: it never comes back over what is newer.
        let (covered, left) =
            std::mem::take(&mut file.unsynced).into_iter().enumerate().partition::<Vec<_>, _>(
                |(at, change)| *at < from && synced.iter().any(|new| new.overlaps(change)),
            );
        file.limbo -= covered.len();
        file.unsynced = left.into_iter().map(|(_, change)| change).collect();
        for change in covered.into_iter().map(|(_, change)| change).chain(synced) {
            change.apply(&mut file.stable);
        }
    }

    /// A sync failed: what was not on the device may get there or not, and no later sync says which.
    pub fn sync_failed(&mut self, inode: Inode) {
        if let Some(file) = self.files.get_mut(&inode) {
            file.limbo = file.unsynced.len();
        }
    }

    /// Every name is on the device now.
    pub fn sync_names(&mut self) {
        self.stable_names.clone_from(&self.names);
        self.unsynced_names.clear();
    }

    /// How many changes of names are not on the device.
    pub const fn unsynced_names(&self) -> usize {
        self.unsynced_names.len()
    }

    /// The first `changes` of names that are not on the device are on it now.
    pub fn sync_first_names(&mut self, changes: usize) {
        let first = changes.min(self.unsynced_names.len());
        for naming in self.unsynced_names.drain(..first) {
            naming.apply(&mut self.stable_names);
        }
    }

    /// Frees files that have no name, now or on the device, unless they are `held` open.
    pub fn collect(&mut self, held: impl Fn(Inode) -> bool) {
        let Self { files, names, stable_names, .. } = self;
        let named = |inode: &Inode| names.values().chain(stable_names.values()).any(|named| named == inode);
        files.retain(|inode, _| held(*inode) || named(inode));
    }

    /// The cache lets go of what failed syncs gave up, in some files.
    pub fn evict_limbo(&mut self, dice: &mut Dice) {
        for file in self.files.values_mut() {
            if file.limbo > 0 && dice.one_in(2) {
                file.forget_limbo(dice);
            }
        }
    }

    /// The cache lets go of what failed syncs of a file gave up: it shows what the device has, as the dice fall.
    pub fn forget_limbo(&mut self, inode: Inode, dice: &mut Dice) {
        if let Some(file) = self.files.get_mut(&inode) {
            file.forget_limbo(dice);
        }
    }

    /// What the device holds when the power fails now. Afterwards everything that is there is on the device.
    pub fn power_cut(&mut self, dice: &mut Dice, mercy: Mercy) -> Loss {
        let mut loss = Loss::default();
        for file in self.files.values_mut() {
            file.power_cut(dice, mercy, &mut loss);
        }
        let mut names = std::mem::take(&mut self.stable_names);
        for naming in self.unsynced_names.drain(..) {
            if mercy.spares(dice) {
                naming.apply(&mut names);
            } else {
                loss.lost_names += 1;
            }
        }
        self.files.retain(|inode, _| names.values().any(|named| named == inode));
        self.stable_names.clone_from(&names);
        self.names = names;
        loss
    }

    /// The contents of every file by its name.
    pub fn contents(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let content = |inode| self.files.get(inode).map_or(&[][..], |file| &file.view);
        self.names.iter().map(move |(name, inode)| (name.as_str(), content(inode)))
    }

    /// Turns over bits of one byte on the device, as a rotten sector does.
    pub fn rot(&mut self, inode: Inode, at: u64, bits: u8) {
        let Some(file) = self.files.get_mut(&inode) else { return };
        for bytes in [&mut file.stable, &mut file.view] {
            if let Some(byte) = bytes.get_mut(at as usize) {
                *byte ^= bits;
            }
        }
    }
}

impl Mercy {
    /// Whether one thing that is lost or kept as a whole is kept.
    fn spares(self, dice: &mut Dice) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Writes | Self::Sectors => dice.one_in(2),
        }
    }
}

impl File {
    fn forget_limbo(&mut self, dice: &mut Dice) {
        let limbo = std::mem::take(&mut self.limbo);
        for change in self.unsynced.drain(..limbo) {
            if dice.one_in(2) {
                change.apply(&mut self.stable);
            }
        }
        self.view.clone_from(&self.stable);
        self.unsynced.iter().for_each(|change| change.apply(&mut self.view));
    }

    fn power_cut(&mut self, dice: &mut Dice, mercy: Mercy, loss: &mut Loss) {
        for change in self.unsynced.drain(..) {
            match (&change, mercy) {
                (Change::Write { at, bytes }, Mercy::Sectors) => {
                    let (kept, all) = tear(&mut self.stable, *at, bytes, dice);
                    loss.torn_writes += u64::from(kept > 0 && kept < all);
                    loss.lost_writes += u64::from(kept == 0);
                }
                _ if mercy.spares(dice) => change.apply(&mut self.stable),
                _ => loss.lost_writes += 1,
            }
        }
        self.limbo = 0;
        self.view.clone_from(&self.stable);
    }
}

/// Writes some of the sectors that `bytes` touch, each as the dice fall; gives how many of how many.
fn tear(stable: &mut Vec<u8>, at: usize, bytes: &[u8], dice: &mut Dice) -> (u64, u64) {
    // One write in four is nearly whole or nearly gone: that is where the last sector decides.
    let odds = [2, 2, 2, 16][dice.below(4) as usize];
    let inverse = dice.one_in(2);
    let (mut kept, mut all) = (0, 0);
    let mut from = 0;
    while from < bytes.len() {
        let to = bytes.len().min(from + SECTOR_BYTES - (at + from) % SECTOR_BYTES);
        all += 1;
        if dice.one_in(odds) != inverse {
            kept += 1;
            place(stable, at + from, &bytes[from..to]);
        }
        from = to;
    }
    (kept, all)
}

fn place(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if content.len() < at + bytes.len() {
        content.resize(at + bytes.len(), 0);
    }
    content[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Change {
    /// Whether both change the same bytes.
    fn overlaps(&self, other: &Self) -> bool {
        let span = |change: &Self| match change {
            Self::Write { at, bytes } => *at..at + bytes.len(),
            Self::Resize { .. } => 0..usize::MAX,
        };
        let (a, b) = (span(self), span(other));
        a.start < b.end && b.start < a.end
    }

    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => place(content, *at, bytes),
            Self::Resize { len } => content.resize(*len, 0),
        }
    }
}

impl Naming {
    fn apply(self, names: &mut BTreeMap<String, Inode>) {
        match self {
            Self::Link(name, inode) => {
                names.insert(name, inode);
            }
            Self::Unlink(name) => {
                names.remove(&name);
            }
            Self::Rename { from, to, inode } => {
                if names.get(&from) == Some(&inode) {
                    names.remove(&from);
                }
                names.insert(to, inode);
            }
        }
    }
}
