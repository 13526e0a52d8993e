/** What we call of the analyzer, which has no types of its own for it. */
declare module '@custom-elements-manifest/analyzer/cli.js' {
  export function cli(options: {
    readonly argv: readonly string[];
    readonly cwd: string;
    /** The manifest is returned alone. */
    readonly noWrite: boolean;
  }): Promise<unknown>;
}
