import crypto from 'node:crypto';

/** What every secret begins with, so that people and scanners of leaked secrets know it. */
const secretStart = 'hp-';
const prefixLength = 8;
const wellFormed = /^hp-[A-Za-z0-9_-]{43}$/;

/** A new secret: 256 random bits. */
export const makeSecret = (): string => secretStart + crypto.randomBytes(32).toString('base64url');

/** As much as may be shown, to tell secrets apart: 30 of the 256 bits. */
export const prefixOf = (secret: string): string => secret.slice(0, prefixLength);

/** Sorts out what need not be looked up at all. */
export const isWellFormed = (text: string): boolean => text.length === 46 && wellFormed.test(text);

/**
 * What is stored of a secret. One SHA-256, and no slow or salted hash (bcrypt, Argon2): those make guessing dear where a
 * person chose the password. Nobody guesses 256 random bits, however fast the hash, no two secrets are equal, and a slow
 * hash would cost each request milliseconds.
 *
 * Looking the digest up in a table takes a time that may tell how many of its bits fit a stored one. That is of no use
 * to anybody: to choose the digest of a guess takes a preimage of SHA-256, so the time tells nothing about a secret. It
 * is constant in effect, where comparing secrets byte by byte would not be.
 */
export const digestOf = (secret: string): string => crypto.hash('sha256', secret, 'base64url');
