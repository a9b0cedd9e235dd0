import Readings
public import RingStore

/// The plant and the store's history as they stood at one moment; see ``Plant/view(over:)``.
///
/// Cheap to make. Keep it for one round of releases, not for hours: it holds on to memory.
public struct PlantView: Sendable {
    /// The history of the same moment.
    public let snapshot: Snapshot
    let state: State
}
