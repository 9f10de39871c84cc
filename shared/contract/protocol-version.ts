/** Of the message protocol (messages.ts): a console and an engine understand each other when it is the same. */
export const PROTOCOL_VERSION = 1;
