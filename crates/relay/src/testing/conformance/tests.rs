use crate::testing::MemoryStore;

fn fresh() -> std::future::Ready<(MemoryStore, ())> {
    std::future::ready((MemoryStore::default(), ()))
}

crate::conformance!(fresh);
