/** The states a thing may be in and the steps between them; every change of such a state goes through one of these. */
export interface StateMachine<State extends string> {
  readonly states: readonly State[];
  /** Whether the step is in the table. */
  can(from: State, to: State): boolean;
  /** Throws `IllegalTransition` unless the step is in the table. */
  assert(from: State, to: State): void;
}

/** A step that the table does not have: a fault of the caller, not of a person. */
export class IllegalTransition extends Error {
  constructor(machine: string, from: string, to: string) {
    super(`${machine} cannot go from ${from} to ${to}`);
    this.name = "IllegalTransition";
  }
}

/**
 * A state machine from its table.
 * @param name  said in errors
 * @param steps for each state, the states it may go to
 */
export function stateMachine<State extends string>(
  name: string,
  steps: Readonly<Record<State, readonly State[]>>,
): StateMachine<State> {
  const can = (from: State, to: State): boolean => steps[from].includes(to);
  return {
    states: Object.keys(steps) as State[],
    can,
    assert: (from, to) => {
      if (!can(from, to)) throw new IllegalTransition(name, from, to);
    },
  };
}
