import 'react';

declare module 'react' {
  interface CSSProperties {
    /** How strong a cell of a heat map is, e.g. `40%`. */
    '--strength'?: string;
  }
}
