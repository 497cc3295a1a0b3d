/**
 * What scikit-learn's estimators answer, by the names of their classes. test/fixtures/sklearn/estimators.json holds the
 * names that scikit-learn itself lists, and a test compares.
 */

/** Classifiers with predict_proba, always. */
export const probabilisticClassifiers: ReadonlySet<string> = new Set([
  'AdaBoostClassifier',
  'BaggingClassifier',
  'BernoulliNB',
  'CalibratedClassifierCV',
  'CategoricalNB',
  'ComplementNB',
  'DecisionTreeClassifier',
  'DummyClassifier',
  'ExtraTreeClassifier',
  'ExtraTreesClassifier',
  'GaussianNB',
  'GaussianProcessClassifier',
  'GradientBoostingClassifier',
  'HistGradientBoostingClassifier',
  'KNeighborsClassifier',
  'LabelPropagation',
  'LabelSpreading',
  'LinearDiscriminantAnalysis',
  'LogisticRegression',
  'LogisticRegressionCV',
  'MLPClassifier',
  'MultinomialNB',
  'QuadraticDiscriminantAnalysis',
  'RadiusNeighborsClassifier',
  'RandomForestClassifier',
])

/** Classifiers that answer a label alone; NearestCentroid has had probabilities since 1.6, not before. */
export const labelClassifiers: ReadonlySet<string> = new Set([
  'LinearSVC',
  'NearestCentroid',
  'OneVsOneClassifier',
  'OutputCodeClassifier',
  'PassiveAggressiveClassifier',
  'Perceptron',
  'RidgeClassifier',
  'RidgeClassifierCV',
])

/** Classifiers whose parameters or parts decide. */
export const conditionalClassifiers: ReadonlySet<string> = new Set([
  'NuSVC',
  'OneVsRestClassifier',
  'SGDClassifier',
  'StackingClassifier',
  'SVC',
  'VotingClassifier',
])

/** Regressors whose number of outputs can be told from their attributes. */
export const regressors: ReadonlySet<string> = new Set([
  'ARDRegression',
  'AdaBoostRegressor',
  'BaggingRegressor',
  'BayesianRidge',
  'DecisionTreeRegressor',
  'DummyRegressor',
  'ElasticNet',
  'ElasticNetCV',
  'ExtraTreeRegressor',
  'ExtraTreesRegressor',
  'GammaRegressor',
  'GaussianProcessRegressor',
  'GradientBoostingRegressor',
  'HistGradientBoostingRegressor',
  'HuberRegressor',
  'KNeighborsRegressor',
  'KernelRidge',
  'Lars',
  'LarsCV',
  'Lasso',
  'LassoCV',
  'LassoLars',
  'LassoLarsCV',
  'LassoLarsIC',
  'LinearRegression',
  'LinearSVR',
  'MLPRegressor',
  'MultiOutputRegressor',
  'MultiTaskElasticNet',
  'MultiTaskElasticNetCV',
  'MultiTaskLasso',
  'MultiTaskLassoCV',
  'NuSVR',
  'OrthogonalMatchingPursuit',
  'OrthogonalMatchingPursuitCV',
  'PassiveAggressiveRegressor',
  'PoissonRegressor',
  'QuantileRegressor',
  'RadiusNeighborsRegressor',
  'RandomForestRegressor',
  'RegressorChain',
  'Ridge',
  'RidgeCV',
  'SGDRegressor',
  'SVR',
  'StackingRegressor',
  'TheilSenRegressor',
  'TweedieRegressor',
  'VotingRegressor',
])

/** Estimators that answer as one that they hold does, and the attribute that it stands in. */
export const delegates: ReadonlyMap<string, string> = new Map([
  ['FixedThresholdClassifier', 'estimator_'],
  ['FrozenEstimator', 'estimator'],
  ['GridSearchCV', 'best_estimator_'],
  ['HalvingGridSearchCV', 'best_estimator_'],
  ['HalvingRandomSearchCV', 'best_estimator_'],
  ['RANSACRegressor', 'estimator_'],
  ['RFE', 'estimator_'],
  ['RFECV', 'estimator_'],
  ['RandomizedSearchCV', 'best_estimator_'],
  ['SelfTrainingClassifier', 'estimator_'],
  ['TransformedTargetRegressor', 'regressor_'],
  ['TunedThresholdClassifierCV', 'estimator_'],
])

/** Estimators whose columns may be of any type: neither their names nor their number tells which. */
export const typedColumns: ReadonlySet<string> = new Set([
  'ColumnTransformer',
  'OneHotEncoder',
  'OrdinalEncoder',
  'TargetEncoder',
])

/** Estimators that take a text a record. */
export const textVectorizers: ReadonlySet<string> = new Set([
  'CountVectorizer',
  'HashingVectorizer',
  'TfidfVectorizer',
])
