//! JSON pointers.

use lofting::text::pointer;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_pointer_gives_back_its_tokens(tokens in proptest::collection::vec(".{0,8}", 0..5)) {
        let mut text = String::new();
        for token in &tokens {
            pointer::push(&mut text, token);
        }
        let back: Vec<String> = pointer::tokens(&text).map(|token| token.into_owned()).collect();
        prop_assert_eq!(back, tokens);
    }
}
