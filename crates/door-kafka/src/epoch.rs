//! Leader epochs as clients send them (KIP-320): −1 is "does not say".
//!
//! Always: a client that believes in an older epoch is fenced, so that it looks whether what it read is still there.

use hence_base::LeaderEpoch;

use crate::error_code::ErrorCode;

/// Compares the epoch that a client believes in with the partition's.
pub fn check(believed: i32, current: LeaderEpoch) -> Result<(), ErrorCode> {
    let Ok(believed) = u32::try_from(believed) else { return Ok(()) };
    match believed.cmp(&current.0) {
        std::cmp::Ordering::Less => Err(ErrorCode::FENCED_LEADER_EPOCH),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(ErrorCode::UNKNOWN_LEADER_EPOCH),
    }
}

/// An epoch as responses write it.
pub fn shown(epoch: LeaderEpoch) -> i32 {
    i32::try_from(epoch.0).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_in_the_past_is_fenced_and_one_in_the_future_is_not_known() {
        assert_eq!(check(-1, LeaderEpoch(3)), Ok(()));
        assert_eq!(check(3, LeaderEpoch(3)), Ok(()));
        assert_eq!(check(2, LeaderEpoch(3)), Err(ErrorCode::FENCED_LEADER_EPOCH));
        assert_eq!(check(4, LeaderEpoch(3)), Err(ErrorCode::UNKNOWN_LEADER_EPOCH));
    }
}
