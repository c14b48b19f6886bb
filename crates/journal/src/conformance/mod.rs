//! The one suite that every store must pass: what the face of a journal promises, as cases over any [`Store`].
//!
//! A case panics with what it saw. A store's tests call [`conformance!`](crate::conformance), which makes each case a test
//! of its own; a store outside this workspace may walk [`CASES`] instead and leave out what it cannot do yet.
//! Never here: how a store does anything, or timing: waiting is for durability only, and bounded.

mod append;
mod bench;
mod find;
mod observe;
mod read;
mod refuse;
mod reopen;
mod rows;
mod takeover;
mod trim;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use hence_base::{Op, Position, TableId};

use crate::{Journal, Opening, Replay};

/// What a store must offer to be examined. Each case has a store of its own.
pub trait Store {
    /// Opens an empty journal; `None` when the store cannot be limited so, and the case does not apply.
    fn fresh(&self, shape: Shape) -> Option<Opened>;

    /// Opens the journal again after it was closed; `None` when nothing outlives a close.
    fn reopen(&self, closed: Opened) -> Option<Opened>;

    /// Opens what is left when the process stops at this moment, without a close; `None` when nothing outlives that.
    fn crash(&self, running: Opened) -> Option<Opened>;

    /// Opens the journal while `running` still has it, which is fenced from then on; `None` when the store refuses that
    /// or cannot be shared.
    fn take_over(&self, running: &Opened) -> Option<Opened>;
}

/// How small a case needs its journal; `None` is the store's own default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// Bytes that may be stored before the journal counts as full. The store may need several times as much.
    pub space_bytes: Option<u64>,
    /// Largest commit.
    pub commit_bytes_max: Option<usize>,
    /// Whether as little as possible should be kept in memory, so that reads are cold. A hint.
    pub cold: bool,
}

/// An opened journal and what its opening found.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Arc<dyn Journal>,
    /// What the opening found.
    pub opening: Opening,
    /// What the opening replayed.
    pub replayed: Replayed,
}

/// What an opening shows its owner, applied as an owner would apply it.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// State rows after everything was applied.
    pub rows: BTreeMap<(TableId, Vec<u8>), Vec<u8>>,
    /// Positions of the replayed operations, in the order they came.
    pub positions: Vec<Position>,
}

impl Replay for Replayed {
    fn row(&mut self, table: TableId, key: &[u8], value: &[u8]) {
        assert!(self.positions.is_empty(), "rows of the checkpoint come before operations");
        self.rows.insert((table, key.to_vec()), value.to_vec());
    }

    fn op(&mut self, position: Position, op: &Op<'_>) {
        self.positions.push(position);
        match op {
            Op::Put { table, key, value } => {
                self.rows.insert((*table, key.to_vec()), value.to_vec());
            }
            Op::Delete { table, key } => {
                self.rows.remove(&(*table, key.to_vec()));
            }
            Op::Append(_) | Op::Trim { .. } | Op::DropStream { .. } => {}
        }
    }
}

/// One thing that every store must do.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// The sentence that holds.
    pub name: &'static str,
    /// Panics when it does not hold.
    pub run: fn(&dyn Store),
}

macro_rules! cases {
    ($($room:ident: $($name:ident),+;)+) => {
        /// Every case, in the order of the rooms.
        pub const CASES: &[Case] = &[$($(Case { name: stringify!($name), run: $room::$name }),+),+];
    };
}

cases! {
    append: positions_count_commits_without_gaps,
        an_entry_reads_back_with_its_header_and_payload,
        one_payload_becomes_an_entry_of_every_target,
        an_entry_may_cover_many_offsets,
        an_empty_payload_is_an_entry,
        nothing_is_readable_before_a_flush,
        several_submits_share_one_flush,
        a_commit_over_many_streams_becomes_readable_in_one_step,
        a_large_commit_is_stored_whole;
    read: a_read_starts_with_the_entry_that_contains_the_offset,
        a_read_returns_one_entry_whatever_its_size,
        a_read_stops_at_its_byte_limit,
        a_read_stops_before_the_offset_it_was_given,
        a_read_at_the_end_is_empty,
        a_read_outside_the_range_names_the_range,
        a_stream_that_never_was_is_no_stream,
        a_long_stream_is_read_in_order_and_whole,
        streams_that_share_blocks_do_not_mix;
    find: a_time_finds_the_first_entry_at_or_after_it,
        a_time_is_found_although_times_go_back,
        newest_is_the_first_entry_with_the_largest_time,
        newest_is_looked_for_among_what_is_left,
        last_bytes_finds_where_the_rest_fits,
        nothing_is_found_in_an_empty_stream;
    trim: a_trim_moves_the_start_and_keeps_whole_entries,
        a_trim_to_the_end_leaves_an_empty_stream_that_goes_on,
        a_trim_counts_its_bytes_off,
        a_dropped_stream_is_gone_and_others_are_not,
        a_shared_payload_outlives_the_stream_that_is_dropped;
    rows: a_row_is_there_as_soon_as_it_is_submitted,
        the_last_operation_on_a_row_wins,
        a_deleted_row_is_gone,
        a_scan_walks_a_prefix_in_key_order,
        a_scan_goes_on_after_a_key,
        tables_do_not_mix;
    observe: the_durable_position_only_moves_forward,
        what_an_observer_is_told_is_readable_and_durable,
        an_observer_is_told_every_stream_that_changed_and_by_how_much,
        an_observer_is_told_of_a_new_start;
    refuse: a_commit_over_the_maximum_is_refused_and_leaves_nothing,
        a_full_journal_refuses_appends_and_takes_relief,
        what_stays_within_the_room_is_not_refused,
        a_refused_commit_takes_no_position,
        a_closed_journal_takes_nothing;
    reopen: everything_is_there_after_a_close,
        a_close_is_a_complete_stop,
        everything_durable_is_there_after_a_crash,
        epochs_and_positions_rise_over_openings,
        trims_and_drops_last_over_openings,
        rows_last_over_openings,
        a_replay_ends_with_the_rows_that_are_there;
    takeover: an_owner_that_was_taken_over_is_fenced,
        each_owner_fences_the_one_before,
        what_a_former_owner_was_told_is_there_and_nothing_follows;
}

/// Makes every case of the suite a test. `$store` gives a fresh [`Store`] each time it is evaluated.
#[macro_export]
macro_rules! conformance {
    ($store:expr) => {
        $crate::conformance! { @each $store;
            positions_count_commits_without_gaps
            an_entry_reads_back_with_its_header_and_payload
            one_payload_becomes_an_entry_of_every_target
            an_entry_may_cover_many_offsets
            an_empty_payload_is_an_entry
            nothing_is_readable_before_a_flush
            several_submits_share_one_flush
            a_commit_over_many_streams_becomes_readable_in_one_step
            a_large_commit_is_stored_whole
            a_read_starts_with_the_entry_that_contains_the_offset
            a_read_returns_one_entry_whatever_its_size
            a_read_stops_at_its_byte_limit
            a_read_stops_before_the_offset_it_was_given
            a_read_at_the_end_is_empty
            a_read_outside_the_range_names_the_range
            a_stream_that_never_was_is_no_stream
            a_long_stream_is_read_in_order_and_whole
            streams_that_share_blocks_do_not_mix
            a_time_finds_the_first_entry_at_or_after_it
            a_time_is_found_although_times_go_back
            newest_is_the_first_entry_with_the_largest_time
            newest_is_looked_for_among_what_is_left
            last_bytes_finds_where_the_rest_fits
            nothing_is_found_in_an_empty_stream
            a_trim_moves_the_start_and_keeps_whole_entries
            a_trim_to_the_end_leaves_an_empty_stream_that_goes_on
            a_trim_counts_its_bytes_off
            a_dropped_stream_is_gone_and_others_are_not
            a_shared_payload_outlives_the_stream_that_is_dropped
            a_row_is_there_as_soon_as_it_is_submitted
            the_last_operation_on_a_row_wins
            a_deleted_row_is_gone
            a_scan_walks_a_prefix_in_key_order
            a_scan_goes_on_after_a_key
            tables_do_not_mix
            the_durable_position_only_moves_forward
            what_an_observer_is_told_is_readable_and_durable
            an_observer_is_told_every_stream_that_changed_and_by_how_much
            an_observer_is_told_of_a_new_start
            a_commit_over_the_maximum_is_refused_and_leaves_nothing
            a_full_journal_refuses_appends_and_takes_relief
            what_stays_within_the_room_is_not_refused
            a_refused_commit_takes_no_position
            a_closed_journal_takes_nothing
            everything_is_there_after_a_close
            a_close_is_a_complete_stop
            everything_durable_is_there_after_a_crash
            epochs_and_positions_rise_over_openings
            trims_and_drops_last_over_openings
            rows_last_over_openings
            a_replay_ends_with_the_rows_that_are_there
            an_owner_that_was_taken_over_is_fenced
            each_owner_fences_the_one_before
            what_a_former_owner_was_told_is_there_and_nothing_follows
        }
    };
    (@each $store:expr; $($name:ident)+) => {
        $(#[test]
        fn $name() {
            $crate::conformance::run(stringify!($name), &$store);
        })+

        #[test]
        fn every_case_of_the_suite_is_a_test() {
            let tests = [$(stringify!($name)),+];
            let cases: Vec<&str> = $crate::conformance::CASES.iter().map(|case| case.name).collect();
            assert_eq!(cases, tests);
        }
    };
}

/// Runs one case by its name.
pub fn run(name: &str, store: &dyn Store) {
    let case = CASES.iter().find(|case| case.name == name);
    (case.unwrap_or_else(|| panic!("the suite has no case {name}")).run)(store);
}
