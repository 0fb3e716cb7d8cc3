import { z } from 'zod';

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'a SHA-256 has 64 hexadecimal digits')
  .transform((hex) => hex.toLowerCase());

/** A SHA-256 in hex, brought to lower case. */
export const sha256Schema = sha256;

/** Where the CLIP network comes from: the same for all four judges, so that they share it. */
export const clipOptionsSchema = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .default('Xenova/clip-vit-large-patch14')
      .describe('CLIP ViT-L/14 as ONNX: org/repo on the Hugging Face Hub, or a folder (./…)'),
    revision: z.string().min(1).optional().describe('branch, tag or commit; default main'),
    sha256: z
      .union([sha256, z.record(z.string(), sha256)])
      .optional()
      .describe('what the network file has to be; or the SHA-256 of files by their path'),
    dtype: z.enum(['fp32', 'fp16', 'q8']).default('fp32').describe('number format of the network'),
    file: z.string().min(1).optional().describe('the network file in the repository; default by dtype'),
  })
  .prefault({})
  .describe('the CLIP network; judges with the same one share its forward pass');

/** Where the CLIP network comes from. */
export type ClipOptions = z.output<typeof clipOptionsSchema>;

/** Where a vision network lies in repositories made for ONNX, best first. */
const FILES: Readonly<Record<ClipOptions['dtype'], readonly string[]>> = {
  fp32: ['onnx/vision_model.onnx', 'vision_model.onnx'],
  fp16: ['onnx/vision_model_fp16.onnx', 'vision_model_fp16.onnx'],
  q8: [
    'onnx/vision_model_quantized.onnx',
    'onnx/vision_model_int8.onnx',
    'onnx/vision_model_uint8.onnx',
    'vision_model_quantized.onnx',
  ],
};

/** The files that may be the network, best first. */
export function networkFiles({ file, dtype }: ClipOptions): readonly string[] {
  return file === undefined ? FILES[dtype] : [file];
}
