//! Counts of what runs went through, each with its name: one that stays zero means that a hard path was never taken.
//!
//! Always: sums over runs are sums of counts. Never here: what is counted.

/// Makes a type of counts.
macro_rules! counts {
    ($(#[$about:meta])* $type:ident { $($(#[$doc:meta])* $name:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $type {
            $($(#[$doc])* pub $name: u64,)+
        }

        impl $type {
            /// Each count with its name.
            pub fn named(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name)),+]
            }
        }

        impl std::ops::AddAssign for $type {
            fn add_assign(&mut self, other: Self) {
                $(self.$name += other.$name;)+
            }
        }
    };
}

pub(crate) use counts;
