import Plant

/// What no reading says of the plant.
enum PlantPart {
    /// - Parameter table: the whole configuration.
    static func read(_ table: YamlTable) -> PlantOptions {
        var options = PlantOptions()
        ItemsPart.read(table, &options)
        if let entry = table["machines"] { options.machines = MachinesPart.read(entry) }
        options.shifts = ShiftsPart.read(table)
        return options
    }
}
