/// Elements by place, where the places of those that are given back are taken by others.
struct Pool<Element: BitwiseCopyable> {
    private var elements = ChunkedArray<Element>()
    private var places: [Int32] = []

    /// Elements there is memory for.
    var count: Int { elements.count }

    /// Where the element at a place lies.
    func pointer(_ place: Int) -> UnsafeMutablePointer<Element> { unsafe elements.pointer(place) }

    subscript(place: Int) -> Element { elements[place] }

    /// - Returns: the place of `element` from now on.
    mutating func take(_ element: Element) -> Int32 {
        if let place = places.popLast() {
            elements[Int(place)] = element
            return place
        }
        elements.append(element)
        return Int32(truncatingIfNeeded: elements.count &- 1)
    }

    /// Leaves the place to another element.
    mutating func free(_ place: Int32) { places.append(place) }
}
