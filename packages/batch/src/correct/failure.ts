/** A shell command that ended badly. */
export interface ShellFailure {
  readonly kind: 'shell';
  /** The command line as it was handed to the shell. */
  readonly line: string;
  /** Where it ran: an absolute path. */
  readonly cwd: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}

/** A file edit whose text to find is not in the file, or whose file is not there. */
export interface FileEditFailure {
  readonly kind: 'file';
  readonly cwd: string;
  readonly path: string;
  readonly find: string;
  readonly replace: string;
}

/** An answer that should have been JSON. */
export interface JsonTextFailure {
  readonly kind: 'json';
  readonly text: string;
}

/** A JSON pointer (RFC 6901) that points at nothing. */
export interface PointerFailure {
  readonly kind: 'pointer';
  readonly pointer: string;
  readonly document: unknown;
}

/** A name that is not among those known: an agent, a model, a function, another step. */
export interface NameFailure {
  readonly kind: 'name';
  readonly field: string;
  readonly value: string;
  readonly known: readonly string[];
}

/** A text with expressions (`${{ … }}`) of which one names nothing known. */
export interface TemplateFailure {
  readonly kind: 'template';
  readonly text: string;
  /** Paths that resolve, such as `steps.build.output`. */
  readonly known: readonly string[];
}

/** One step that failed: what it was to do and what it said. */
export type Failure = ShellFailure | FileEditFailure | JsonTextFailure | PointerFailure | NameFailure | TemplateFailure;

/** `safe` reads only; `writes` makes or changes what belongs to the step; `destructive` may lose something or reaches others. */
export type Risk = 'safe' | 'writes' | 'destructive';

/** A way to mend a failed step. */
export interface Correction {
  /** The mechanism that found it, such as `command-name`. */
  readonly rule: string;
  /** The fields of the step that change, with their new values. */
  readonly change: Readonly<Record<string, string>>;
  /** Why, for a person. */
  readonly reason: string;
  /** 0 to 1. Below {@link mayApplyAlone}'s bar somebody has to agree. */
  readonly confidence: number;
  /** What the corrected step may do. */
  readonly risk: Risk;
  /** What the step as it was written may do. */
  readonly riskBefore: Risk;
}

export type CorrectionOutcome = 'fixed' | 'failed';

/** What a rule returns: the corrector adds the risks. */
export interface Draft {
  readonly rule: string;
  readonly change: Readonly<Record<string, string>>;
  readonly reason: string;
  readonly confidence: number;
}
