import * as z from 'zod';
import { option } from '../contract/option.ts';
import { deepProbe } from '../media/deep.ts';
import { probe } from '../media/probe.ts';
import { callOf, checkLimits, checkSize, toolsOf } from './input.ts';
import { defineKind } from './kind.ts';
import { outputOptions } from './output_options.ts';

export const probeOptions = z.strictObject({
  connection_id: outputOptions.connection_id,
  deep: option(z.boolean(), {
    description: 'read and decode the whole file instead of its headers and first seconds',
    group: 'Input',
    default: false,
  }),
});

export const probeKind = defineKind({
  name: 'probe',
  summary: 'measure a file',
  takes: 'anything',
  otherwise: 'unsupported_format',
  options: probeOptions,
  excludes: [],
  prepare: async (context, { deep }) => {
    checkSize(context);
    return {
      commands: [],
      run: async () => {
        const tools = await toolsOf(context);
        const call = { ...callOf(context), ...tools };
        const shallow = await probe(await context.source.place(), call);
        checkLimits(context, shallow);
        const media = deep ? await deepProbe(shallow, call) : shallow;
        for (const warning of media.warnings) context.onWarning(warning);
        return media.file;
      },
    };
  },
});
