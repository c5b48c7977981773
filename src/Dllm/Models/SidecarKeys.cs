using System.Collections.Frozen;

namespace Dllm.Models;

/// <summary>What becomes of a key of a checkpoint's sidecar files.</summary>
internal enum SidecarUse
{
    /// <summary>It is read and done.</summary>
    Used,

    /// <summary>It changes nothing here: it is about training, other software, other tasks, or says what another file says.</summary>
    Irrelevant,

    /// <summary>It asks for something that is not done: named, with its value, unless that asks for nothing.</summary>
    Named,
}

/// <summary>
/// Every key of the sidecar files of the families' published checkpoints (LLaDA, LLaDA-MoE, LLaDA 2, Dream, RND1, BERT, RoBERTa, ModernBERT,
/// Qwen, Llama, GPT-2), and what becomes of it. A key that is not here is named once when a model is opened.
/// </summary>
internal static class SidecarKeys
{
    /// <summary>config.json.</summary>
    public static FrozenDictionary<string, SidecarUse> Config { get; } = Table(
        used: """
            model_type vocab_size embedding_size type_vocab_size pad_token_id eos_token_id mask_token_id
            hidden_size d_model n_embd num_hidden_layers n_layers n_layer num_attention_heads n_heads n_head num_key_value_heads n_kv_heads
            multi_query_attention head_dim intermediate_size mlp_hidden_size mlp_ratio n_inner max_position_embeddings max_sequence_length
            n_positions hidden_act hidden_activation activation_function activation_type classifier_activation
            attention_bias mlp_bias norm_bias classifier_bias decoder_bias include_bias include_qkv_bias bias_for_layer_norm use_bias use_qkv_bias
            layer_norm_eps layer_norm_epsilon norm_eps rms_norm_eps layer_norm_type layer_norm_with_affine use_qk_norm qk_layernorm
            attention_layer_norm attention_layer_norm_with_affine attention_probs_dropout_prob hidden_dropout_prob attention_dropout
            residual_dropout embedding_dropout mlp_dropout attn_pdrop embd_pdrop resid_pdrop
            initializer_range initializer_cutoff_factor init_fn init_std init_cutoff_factor tie_word_embeddings weight_tying
            rope alibi rope_theta rope_scaling rope_parameters rope_full_precision partial_rotary_factor global_rope_theta local_rope_theta
            local_attention global_attn_every_n_layers layer_types sliding_window use_sliding_window max_window_layers
            block_type block_group_size input_emb_norm scale_logits scale_attn_weights scale_attn_by_inverse_layer_idx
            position_embedding_type is_decoder add_cross_attention clip_qkv
            num_experts n_routed_experts num_local_experts num_experts_per_tok moe_topk num_shared_experts moe_intermediate_size
            expert_intermediate_size dense_intermediate_size shared_expert_intermediate_size first_k_dense_replace moe_layer_freq
            moe_router_enable_expert_bias norm_topk_prob n_group topk_group routed_scaling_factor
            dtype torch_dtype
            """,
        irrelevant: """
            architectures auto_map transformers_version _name_or_path _commit_hash name_or_path use_cache
            bos_token_id cls_token_id sep_token_id unk_token_id decoder_start_token_id id2label label2id num_labels problem_type finetuning_task
            task_specific_params classifier_dropout classifier_pooling summary_type summary_use_proj summary_activation
            summary_proj_to_labels summary_first_dropout output_attentions output_hidden_states return_dict torchscript gradient_checkpointing
            reference_compile deterministic_flash_attn repad_logits_with_grad sparse_prediction sparse_pred_ignore_index
            pretraining_tp chunk_size_feed_forward n_ctx n_special predict_special_tokens reorder_and_upcast_attn
            flash_attention precision init_device alibi_bias_max
            directionality pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers pooler_size_per_head pooler_type
            router_aux_loss_coef output_router_logits router_z_loss_coef aux_loss_alpha seq_aux router_dtype score_function scoring_func
            moe_router_topk_scaling_factor moe_router_score_function moe_router_enable_shared_expert topk_method router_type
            num_nextn_predict_layers mtp_loss_scaling_factor output_dropout use_rmsnorm using_split_qkv_in_self_attention
            decoder_sparse_step mlp_only_layers full_attn_mod diffusion_training block_size attn_implementation _attn_implementation
            _attn_implementation_autoset is_encoder_decoder tokenizer_class vocab_file initializer_gain num_mask_tokens
            moe_shared_expert_intermediate_size rope_interleaved
            """,
        named: "quantization_config compression_config attention_chunk_size final_logit_softcapping attn_logit_softcapping logit_scale "
            + "logits_scaling residual_multiplier embedding_multiplier attention_multiplier query_pre_attn_scalar no_rope_layers pruned_heads");

    /// <summary>generation_config.json.</summary>
    public static FrozenDictionary<string, SidecarUse> Generation { get; } = Table(
        used: "eos_token_id steps max_new_tokens",
        irrelevant: """
            _from_model_config transformers_version bos_token_id pad_token_id decoder_start_token_id mask_token_id use_cache
            output_attentions output_hidden_states output_scores return_dict_in_generate cache_implementation cache_config
            num_return_sequences disable_compile trust_remote_code chat_format max_window_size user_token_id assistant_token_id
            do_sample num_beams early_stopping length_penalty diversity_penalty
            """,
        named: """
            max_length min_length temperature top_p top_k min_p typical_p repetition_penalty encoder_repetition_penalty presence_penalty frequency_penalty
            no_repeat_ngram_size bad_words_ids suppress_tokens begin_suppress_tokens forced_bos_token_id forced_eos_token_id stop_strings
            guidance_scale alg alg_temp eps block_length remasking threshold confidence_threshold cfg_scale
            """);

    /// <summary>tokenizer_config.json and special_tokens_map.json.</summary>
    public static FrozenDictionary<string, SidecarUse> Tokenizer { get; } = Table(
        used: """
            bos_token eos_token pad_token unk_token sep_token cls_token mask_token eot_token additional_special_tokens extra_special_tokens
            added_tokens_decoder chat_template clean_up_tokenization_spaces model_max_length add_bos_token add_eos_token tokenizer_class
            """,
        irrelevant: """
            auto_map name_or_path tokenizer_file special_tokens_map_file vocab_file merges_file backend from_slow is_local local_files_only
            processor_class padding_side truncation_side padding truncation max_length stride pad_to_multiple_of pad_token_type_id
            truncation_strategy model_input_names legacy use_default_system_prompt sp_model_kwargs errors spaces_between_special_tokens
            do_lower_case do_basic_tokenize never_split strip_accents tokenize_chinese_chars trim_offsets add_prefix_space use_fast
            split_special_tokens return_token_type_ids verbose init_inputs use_auth_token fast_tokenizer device_map bos_token_id eos_token_id
            pad_token_id response_schema gmask_token image_token
            """,
        named: "model_specific_special_tokens");

    private static FrozenDictionary<string, SidecarUse> Table(string used, string irrelevant, string named) =>
        new[] { (used, SidecarUse.Used), (irrelevant, SidecarUse.Irrelevant), (named, SidecarUse.Named) }
            .SelectMany(part => part.Item1.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(key => KeyValuePair.Create(key, part.Item2)))
            .ToFrozenDictionary(StringComparer.Ordinal);
}
