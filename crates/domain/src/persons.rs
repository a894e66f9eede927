//! How many people some cases are.
//!
//! A person can be reported twice: two codes from two health centres, one of them lost on the way. Two
//! reports count twice against a threshold that asks for so many infected people, and a warning goes out
//! on one patient's word. So cases of one venue and day whose addresses overlap count as one person, also
//! over a third that links them. A case of which no address is known, as officers enter them, counts by
//! itself: nothing shows that it is somebody who was counted before.

use std::collections::HashSet;
use std::hash::Hash;

/// The number of people behind cases, each given as the set of its addresses, or of marks that stand for them.
pub fn people<'a, A: Eq + Hash + 'a>(cases: impl IntoIterator<Item = &'a HashSet<A>>) -> u32 {
    let mut unknown = 0;
    let mut people: Vec<HashSet<&A>> = Vec::new();
    for addresses in cases {
        if addresses.is_empty() {
            unknown += 1;
            continue;
        }
        let mut person: HashSet<&A> = addresses.iter().collect();
        people.retain(|other| {
            let another = other.is_disjoint(&person);
            if !another {
                person.extend(other);
            }
            another
        });
        people.push(person);
    }
    u32::try_from(people.len()).unwrap_or(u32::MAX).saturating_add(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cases(of: &[&[u8]]) -> Vec<HashSet<u8>> {
        of.iter().map(|addresses| addresses.iter().copied().collect()).collect()
    }

    /// OSK-13, E5: the base number is one of infected people, not of reports.
    #[test]
    fn who_shares_an_address_is_one_person() {
        assert_eq!(people(&cases(&[])), 0);
        assert_eq!(people(&cases(&[&[1], &[1]])), 1);
        assert_eq!(people(&cases(&[&[1], &[2]])), 2);
        assert_eq!(people(&cases(&[&[1, 2], &[2, 3], &[4]])), 2);
        assert_eq!(people(&cases(&[&[1], &[2], &[1, 2]])), 1, "the third links the two before it");
    }

    #[test]
    fn cases_without_addresses_count_each() {
        assert_eq!(people(&cases(&[&[], &[]])), 2);
        assert_eq!(people(&cases(&[&[], &[1], &[1], &[]])), 3);
    }

    proptest! {
        /// Whatever the order, it is the number of groups that overlapping makes.
        #[test]
        fn the_order_does_not_matter(
            sets in proptest::collection::vec(proptest::collection::hash_set(0u8..12, 0..4), 0..8),
            turn in 0usize..8,
        ) {
            // By brute force: each takes the smallest number of whom it overlaps with, until nothing changes.
            let mut group: Vec<usize> = (0..sets.len()).collect();
            for _ in 0..sets.len() {
                for (a, b) in (0..sets.len()).flat_map(|a| (0..sets.len()).map(move |b| (a, b))) {
                    if !sets[a].is_disjoint(&sets[b]) {
                        group[a] = group[a].min(group[b]);
                    }
                }
            }
            let groups: HashSet<usize> = group.into_iter().collect();
            prop_assert_eq!(people(&sets) as usize, groups.len());
            let mut turned = sets.clone();
            turned.rotate_left(turn.min(sets.len()));
            prop_assert_eq!(people(&turned), people(&sets));
            turned.reverse();
            prop_assert_eq!(people(&turned), people(&sets));
        }
    }
}
