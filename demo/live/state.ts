/** What the demo's pages hear of the flows. */
export interface LiveState {
  /** Stands for the content of the flows that are served: another one, another content. */
  readonly edition: string;
  /** Lint's words on what was saved and not taken up, a line each. */
  readonly mistakes: readonly string[];
}
