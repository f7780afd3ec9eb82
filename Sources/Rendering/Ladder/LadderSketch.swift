internal import Conversations
internal import PacketDecoding

/// What a ladder shows, kept until it is certain who is the client: then it is drawn.
struct LadderSketch: LadderCanvas, ~Copyable {
    private enum Stroke {
        case listen
        case heading(LadderHeading)
        case row(LadderRow, client: TCPState?, server: TCPState?)
        case fold(LadderFold)
    }

    private var strokes: [Stroke] = []

    mutating func listen() { strokes.append(.listen) }
    mutating func heading(_ heading: LadderHeading) { strokes.append(.heading(heading)) }
    mutating func fold(_ fold: LadderFold) { strokes.append(.fold(fold)) }

    mutating func row(_ row: LadderRow, client: TCPState?, server: TCPState?, remarks: [LadderRemark]) {
        strokes.append(.row(row, client: client, server: server))
    }

    /// Client and server change places, in all that is here.
    mutating func swapRoles() {
        for index in strokes.indices {
            switch strokes[index] {
            case .listen, .fold: break
            case .heading(let heading): strokes[index] = .heading(heading.reversed)
            case .row(let row, let client, let server):
                strokes[index] = .row(row.reversed, client: server, server: client)
            }
        }
    }

    /// Draws it.
    func draw(on canvas: inout some LadderCanvas & ~Copyable) {
        for stroke in strokes {
            switch stroke {
            case .listen: canvas.listen()
            case .heading(let heading): canvas.heading(heading)
            case .row(let row, let client, let server):
                canvas.row(
                    row, client: client, server: server,
                    remarks: LadderRemark.all(of: row.step, client: client, server: server))
            case .fold(let fold): canvas.fold(fold)
            }
        }
    }
}

extension LadderHeading {
    /// With client and server the other way round.
    fileprivate var reversed: LadderHeading {
        switch self {
        case .midstream: self
        case .phase(let phase, let application, let side, let notes):
            .phase(phase, application: application, side: side?.other, notes: notes)
        }
    }
}
