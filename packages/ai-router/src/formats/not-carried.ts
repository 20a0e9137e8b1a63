/** For an answer of which a part would be lost on the way to a client of another protocol. */
export const notCarried = (path: string): string =>
  `The provider's answer carries "${path}", which cannot be translated to the protocol of this client yet. Call this model through its own protocol.`;
