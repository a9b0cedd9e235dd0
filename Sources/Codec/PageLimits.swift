/// What a page may hold at most. Whoever reads a page checks its claims against these before using them.
public enum PageLimits {
    /// Series in one page.
    public static let series = 4096
    /// Samples, or buckets, of one series in one page.
    public static let samples = 4096
    /// What writers keep to, all of it together.
    public static let bytes = 64 << 10
    /// Different instants of a page's clock; 65,536 × 8 B = 512 KiB while it is being read.
    public static let ticks = 65_536
    /// Rows of a page whose columns go over all its series; 65,536 × 8 B = 512 KiB for each column that is read.
    public static let rows = 65_536
    /// Columns of one series in a rollup page.
    public static let columns = 64
}
