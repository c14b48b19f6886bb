//! What the image keeps and loses: the simulation proves nothing if its disk is kinder than a real one.

use super::image::{Image, Mercy, SECTOR_BYTES};
use crate::dice::Dice;

fn content(image: &Image, name: &str) -> Option<Vec<u8>> {
    image.contents().find(|(found, _)| *found == name).map(|(_, bytes)| bytes.to_vec())
}

#[test]
fn what_was_synced_survives_a_merciless_cut() {
    let mut image = Image::default();
    let file = image.create("f");
    image.write(file, 0, &[1; 1000]);
    image.sync(file);
    image.sync_names();
    image.write(file, 500, &[2; 1000]);
    image.power_cut(&mut Dice::new(1), Mercy::None);
    assert_eq!(content(&image, "f"), Some(vec![1; 1000]));
}

#[test]
fn an_unsynced_name_is_lost_although_its_file_was_synced() {
    let mut image = Image::default();
    let file = image.create("f");
    image.write(file, 0, &[1; 10]);
    image.sync(file);
    image.power_cut(&mut Dice::new(1), Mercy::None);
    assert_eq!(content(&image, "f"), None);
}

#[test]
fn an_unsynced_rename_leaves_the_old_file_under_the_new_name() {
    let mut image = Image::default();
    let old = image.create("head");
    image.write(old, 0, b"old");
    image.sync(old);
    image.sync_names();
    let new = image.create("head.new");
    image.write(new, 0, b"new");
    image.sync(new);
    assert!(image.rename("head.new", "head"));
    assert_eq!(content(&image, "head"), Some(b"new".to_vec()));
    image.power_cut(&mut Dice::new(1), Mercy::None);
    assert_eq!(content(&image, "head"), Some(b"old".to_vec()));
}

#[test]
fn sectors_of_one_write_survive_in_any_subset() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let mut image = Image::default();
        let file = image.create("f");
        image.resize(file, 3 * SECTOR_BYTES as u64);
        image.sync(file);
        image.sync_names();
        image.write(file, 0, &[1; 3 * SECTOR_BYTES]);
        image.power_cut(&mut Dice::new(seed), Mercy::Sectors);
        let bytes = content(&image, "f").expect("its name was synced");
        seen.insert(bytes.chunks(SECTOR_BYTES).map(|sector| sector[0]).collect::<Vec<u8>>());
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
}

#[test]
fn what_a_failed_sync_gave_up_is_never_made_safe_by_a_later_one() {
    let mut lost = 0;
    for seed in 0..50 {
        let mut image = Image::default();
        let file = image.create("f");
        image.write(file, 0, &[0; SECTOR_BYTES]);
        image.sync(file);
        image.sync_names();
        image.write(file, 0, &[1; SECTOR_BYTES]);
        image.sync_failed(file);
        image.sync(file);
        image.power_cut(&mut Dice::new(seed), Mercy::Writes);
        lost += u32::from(content(&image, "f") == Some(vec![0; SECTOR_BYTES]));
    }
    assert!((1..50).contains(&lost), "{lost} of 50 lost");
}

#[test]
fn an_unsynced_size_vanishes() {
    let mut image = Image::default();
    let file = image.create("f");
    image.sync(file);
    image.sync_names();
    image.resize(file, 4096);
    image.power_cut(&mut Dice::new(1), Mercy::None);
    assert_eq!(content(&image, "f"), Some(Vec::new()));
}

#[test]
fn a_direct_write_survives_and_drags_no_other_write_with_it() {
    let mut image = Image::default();
    let file = image.create("f");
    image.resize(file, 16 * 1024);
    image.sync(file);
    image.sync_names();
    image.write(file, 0, &[1; 4096]);
    image.write(file, 4096, &[1; 4096]);
    image.write_through(file, 4096, &[2; 4096]);
    image.power_cut(&mut Dice::new(1), Mercy::None);
    let bytes = content(&image, "f").expect("its name was synced");
    assert_eq!((bytes[0], bytes[4096], bytes[8192]), (0, 2, 0));
}
