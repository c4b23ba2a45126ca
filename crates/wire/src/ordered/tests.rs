use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Map, Set};

/// Something to do to a map: insert, add, remove, take the first or last, cut off, keep the even ones.
fn deeds() -> impl Strategy<Value = Vec<(u8, u8, u16)>> {
    proptest::collection::vec((0..8_u8, 0..24_u8, any::<u16>()), 0..60)
}

proptest! {
    #[test]
    fn a_map_does_what_a_tree_does(deeds in deeds()) {
        let (mut map, mut tree) = (Map::new(), BTreeMap::new());
        for (deed, key, value) in deeds {
            match deed {
                0 | 1 => prop_assert_eq!(map.insert(key, value), tree.insert(key, value)),
                2 => {
                    let add = |old: &mut u16| *old = old.wrapping_add(value);
                    let (one, other) = (map.entry(key).and_modify(add), tree.entry(key).and_modify(add));
                    prop_assert_eq!(*one.or_insert(value), *other.or_insert(value));
                }
                3 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                4 => prop_assert_eq!(map.pop_first(), tree.pop_first()),
                5 => prop_assert_eq!(map.pop_last(), tree.pop_last()),
                6 => {
                    let (off, other) = (map.split_off(&key), tree.split_off(&key));
                    prop_assert!(off.iter().eq(other.iter()));
                }
                _ => {
                    map.retain(|_, value| *value % 2 == 0);
                    tree.retain(|_, value| *value % 2 == 0);
                }
            }
            prop_assert!(map.iter().eq(tree.iter()));
            prop_assert!(map.range(key..).eq(tree.range(key..)) && map.range(..=key).eq(tree.range(..=key)));
            prop_assert_eq!(map.get(&key), tree.get(&key));
            prop_assert_eq!((map.len(), map.contains_key(&key)), (tree.len(), tree.contains_key(&key)));
            prop_assert_eq!(map.first_key_value(), tree.first_key_value());
            prop_assert_eq!(map.last_key_value(), tree.last_key_value());
        }
    }

    #[test]
    fn a_set_does_what_a_tree_does(deeds in deeds()) {
        let (mut set, mut tree) = (Set::new(), BTreeSet::new());
        for (deed, member, _) in deeds {
            match deed {
                0..=3 => prop_assert_eq!(set.insert(member), tree.insert(member)),
                4 | 5 => prop_assert_eq!(set.remove(&member), tree.remove(&member)),
                6 => prop_assert_eq!(set.pop_first(), tree.pop_first()),
                _ => {
                    set.retain(|member| *member % 2 == 0);
                    tree.retain(|member| *member % 2 == 0);
                }
            }
            prop_assert!(set.iter().eq(tree.iter()));
            prop_assert_eq!(set.contains(&member), tree.contains(&member));
            prop_assert_eq!((set.first(), set.last()), (tree.first(), tree.last()));
        }
    }
}

#[test]
fn what_comes_unordered_is_ordered_and_the_last_value_holds() {
    let map: Map<&str, u8> = [("b", 1), ("a", 2), ("b", 3)].into();
    assert_eq!(format!("{map:?}"), r#"{"a": 2, "b": 3}"#);
    let set: Set<u8> = [3, 1, 3].into_iter().collect();
    assert_eq!(format!("{set:?}"), "{1, 3}");
}
