//! Who is waiting for which reply of the core: slots by request id.
//!
//! Always: an id is not given again while its reply is outstanding, and an id of an earlier holder of the same place
//! finds nothing. Never here: durability.

use std::sync::Arc;

use hence_core::RequestId;

use super::slot::Slot;

/// Slots of commands that the core has and has not answered.
#[derive(Debug, Default)]
pub struct Asked {
    places: Vec<Place>,
    free: Vec<u32>,
}

#[derive(Debug, Default)]
struct Place {
    generation: u32,
    slot: Option<Arc<Slot>>,
}

impl Asked {
    /// Keeps `slot` and names it.
    pub fn insert(&mut self, slot: Arc<Slot>) -> RequestId {
        let index = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            u32::try_from(self.places.len() - 1).expect("commands in flight are bounded far below")
        });
        let place = self.places.get_mut(index as usize).expect("what is free, or was just made, is a place");
        place.slot = Some(slot);
        RequestId(u64::from(place.generation) << 32 | u64::from(index))
    }

    /// Takes the slot of `id`.
    pub fn remove(&mut self, id: RequestId) -> Option<Arc<Slot>> {
        let index = id.0 as u32;
        let place = self.places.get_mut(index as usize)?;
        if u64::from(place.generation) != id.0 >> 32 {
            return None;
        }
        let slot = place.slot.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(index);
        Some(slot)
    }

    /// Takes all of them.
    pub fn drain(&mut self) -> Vec<Arc<Slot>> {
        self.free.clear();
        std::mem::take(&mut self.places).into_iter().filter_map(|place| place.slot).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_finds_its_slot_once_and_never_a_later_one() {
        let mut asked = Asked::default();
        let (first, second) = (Slot::new(), Slot::new());
        let id = asked.insert(Arc::clone(&first));
        assert!(Arc::ptr_eq(&asked.remove(id).expect("it waits"), &first));
        assert!(asked.remove(id).is_none());
        let reused = asked.insert(Arc::clone(&second));
        assert_ne!(id, reused);
        assert!(asked.remove(id).is_none());
        assert!(Arc::ptr_eq(&asked.remove(reused).expect("it waits"), &second));
    }
}
