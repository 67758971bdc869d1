import mime from 'mime';

/** What a file is served as, by the ending of its name. */
export const contentTypeOf = (name: string): string => mime.getType(name) ?? 'application/octet-stream';
