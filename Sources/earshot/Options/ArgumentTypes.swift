// Values of other modules that options take by their names.

public import ArgumentParser
public import GreetingService
public import Host

extension GreetingTransport: ExpressibleByArgument {}
extension Terminal.ColorChoice: ExpressibleByArgument {}
