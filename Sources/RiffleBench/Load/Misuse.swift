/// What a person asked for can't be meant: a malformed budget, header, target or file. A program says it in one line and
/// exits with 2, apart from a run that failed.
package protocol Misuse: Error, CustomStringConvertible {}
