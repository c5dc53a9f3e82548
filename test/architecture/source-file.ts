import ts from 'typescript'

export interface ImportFact {
  /** As written. */
  readonly specifier: string
  /** Erased at run time: `import type`, `export type … from`, `import('…').T`. */
  readonly typeOnly: boolean
  readonly line: number
}

export interface SourceFacts {
  readonly imports: readonly ImportFact[]
  /** `object.member` accesses of interest, e.g. `console.log`, `process.exit`, `Date.now`. */
  readonly uses: readonly { readonly name: string; readonly line: number }[]
  readonly lines: number
}

const WATCHED = new Set(['console', 'process', 'Date'])

/** By text: the tests of this folder share a process and read the same files. */
const known = new Map<string, SourceFacts>()

/** Every import of a file, whatever its form, and the globals that the rules speak of. */
export function readSource(name: string, text: string): SourceFacts {
  const facts = known.get(text) ?? parse(name, text)
  known.set(text, facts)
  return facts
}

function parse(name: string, text: string): SourceFacts {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true)
  const imports: ImportFact[] = []
  const uses: { name: string; line: number }[] = []
  const lineOf = (node: ts.Node): number => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1

  const visit = (node: ts.Node): void => {
    const found = specifierOf(node)
    if (found !== undefined) imports.push({ ...found, line: lineOf(node) })
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && WATCHED.has(node.expression.text)) {
      uses.push({ name: `${node.expression.text}.${node.name.text}`, line: lineOf(node) })
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { imports, uses, lines: text.trimEnd().split('\n').length }
}

function specifierOf(node: ts.Node): Omit<ImportFact, 'line'> | undefined {
  if (ts.isImportDeclaration(node)) return literal(node.moduleSpecifier, isTypeClause(node.importClause))
  if (ts.isExportDeclaration(node)) return literal(node.moduleSpecifier, node.isTypeOnly)
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal, true) : undefined
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return literal(node.arguments[0], false)
  }
  return undefined
}

const literal = (node: ts.Node | undefined, typeOnly: boolean): Omit<ImportFact, 'line'> | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? { specifier: node.text, typeOnly } : undefined

/** `import type …` and `import { type A, type B } …`; a bare `import '…'` runs. */
function isTypeClause(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false
  if (clause.isTypeOnly) return true
  const { name, namedBindings } = clause
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false
  return namedBindings.elements.length > 0 && namedBindings.elements.every(element => element.isTypeOnly)
}
