internal import Readings

extension SeriesIndex {
    /// The series below `end` whose paths are selected: the pattern runs once over each pair and, for each place in
    /// the pattern that pairs lead to, once over each metric.
    func find(_ glob: PathGlob, below end: Int) -> Found {
        var found = Found()
        for (state, union) in groups(glob) {
            var run = GlobRun(glob)
            run.state = state
            var ids = union.ids(below: count)
            SeriesIndex.cut(&ids, below: end)
            if !run.isOpen {
                guard ids.count > metrics.texts.count * 2 else {
                    found.unsure += ids
                    continue
                }
                metrics(run).filter(&ids, keeps: true, below: count)
            }
            found.sure += ids
        }
        guard nameless.count > 0 else { return withLate(found, below: end) }
        // Their paths end without the slash that the pairs' do.
        var union = PostingUnion()
        union.add(nameless)
        found.sure.sort()
        found.unsure.sort()
        union.filter(&found.sure, keeps: false, below: count)
        union.filter(&found.unsure, keeps: false, below: count)
        var ids = nameless.ids
        SeriesIndex.cut(&ids, below: end)
        found.unsure += ids
        return withLate(found, below: end)
    }

    /// The pairs from which selected paths may go on, by the place in the pattern.
    private func groups(_ glob: PathGlob) -> [GlobRun.State: PostingUnion] {
        var groups: [GlobRun.State: PostingUnion] = [:]
        var run = GlobRun(glob)
        let start = run.state
        var site = ""
        var siteState = start
        for (number, pair) in pairs.enumerated() {
            if pair.site != site {
                run.state = start
                if !pair.site.isEmpty { run.take(pair.site + "/") }
                (site, siteState) = (pair.site, run.state)
            }
            run.state = siteState
            if !pair.asset.isEmpty {
                run.take(pair.asset)
                run.take("/")
            }
            if !run.state.isDead { groups[run.state, default: PostingUnion()].add(pairLists[number]) }
        }
        return groups
    }

    /// The series of all metrics with which the path is selected.
    private func metrics(_ begun: GlobRun) -> PostingUnion {
        var union = PostingUnion()
        var run = begun
        for (number, text) in metrics.texts.enumerated() {
            run.state = begun.state
            run.take(text)
            if run.isMatched { union.add(metrics.lists[number]) }
        }
        return union
    }
}
